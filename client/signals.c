/*
 * signals.c: which signals, and what becomes of them.
 */
#include "client/signals.h"

#include <signal.h>
#include <stddef.h>

void azb_signals_catch(void (*handler)(int signal_number))
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = handler != NULL ? handler : SIG_DFL,
                               .sa_flags = SA_RESETHAND | SA_RESTART};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction before;

        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}
