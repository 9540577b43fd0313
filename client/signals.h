/*
 * signals.h: the signals that ask a command to end.
 */
#ifndef AZB_CLIENT_SIGNALS_H
#define AZB_CLIENT_SIGNALS_H

/*
 * Have the first SIGINT, SIGTERM or SIGHUP call a handler; one that comes again does what it
 * does by default. Those that were ignored when we were started (nohup) stay so. NULL: the
 * defaults.
 */
void azb_signals_catch(void (*handler)(int signal_number));

#endif
