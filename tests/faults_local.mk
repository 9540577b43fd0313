# More tests of faults; tests/local.mk includes this.

if HAVE_CHECK
MORE_FAULT_TESTS = \
	tests/faults/test_by_url \
	tests/faults/test_answers \
	tests/faults/test_copy \
	tests/faults/test_blocks \
	tests/faults/test_examples \
	tests/faults/test_library \
	tests/faults/test_library_streams \
	tests/faults/test_lease \
	tests/faults/test_lifecycle \
	tests/faults/test_local \
	tests/faults/test_no_memory \
	tests/faults/test_proxy \
	tests/faults/test_ranges \
	tests/faults/test_retry_paths \
	tests/faults/test_rows \
	tests/faults/test_descriptors \
	tests/faults/test_sparse \
	tests/faults/test_streams \
	tests/faults/test_upload \
	tests/faults/test_verbs \
	tests/faults/test_workers
check_PROGRAMS += $(MORE_FAULT_TESTS)
TESTS += $(MORE_FAULT_TESTS)
endif

tests_faults_test_answers_SOURCES = tests/faults/test_answers.c tests/faults/answers.h \
	tests/faults/answers_blob.c tests/faults/answers_container.c tests/faults/answers_listing.c \
	tests/faults/answers_service.c tests/faults/answers_write.c
STAGE = tests/faults/library_stage.c tests/faults/library_stage.h
tests_faults_test_library_SOURCES = tests/faults/test_library.c $(STAGE)
tests_faults_test_library_CPPFLAGS = $(AM_CPPFLAGS) $(LIBAZBLOB_CPPFLAGS)
tests_faults_test_library_LDADD = libazblob.la $(LDADD)
tests_faults_test_library_streams_SOURCES = tests/faults/test_library_streams.c $(STAGE)
tests_faults_test_library_streams_CPPFLAGS = $(AM_CPPFLAGS) $(LIBAZBLOB_CPPFLAGS)
tests_faults_test_library_streams_LDADD = libazblob.la $(LDADD)
# The library's archive, in which allocations can be made to fail.
tests_faults_test_no_memory_SOURCES = tests/faults/test_no_memory.c $(STAGE) $(SCARCE)
tests_faults_test_no_memory_CPPFLAGS = $(AM_CPPFLAGS) $(LIBAZBLOB_CPPFLAGS)
tests_faults_test_no_memory_LDADD = libclient.la tests/libscene.a tests/libhelpers.a libproto.la \
	$(COMMAND_LIBS) $(DAEMON_LIBS) $(CHECK_LIBS) -lssl -lcrypto -lpthread
tests_faults_test_no_memory_LDFLAGS = $(SCARCE_WRAPS)

# ---- the library's examples, which test_examples runs ----

EXAMPLES = client/examples/basic client/examples/batch client/examples/errors \
	client/examples/event_loop client/examples/gather client/examples/iterate client/examples/limit client/examples/scopes
EXTRA_DIST += client/examples/example.h client/examples/ffi.py
if HAVE_CHECK
check_PROGRAMS += $(EXAMPLES) client/examples/cxx
endif
AM_TESTS_ENVIRONMENT += LIBAZBLOB='$(abs_builddir)/.libs/libazblob.so'; export LIBAZBLOB; \
	SRCDIR='$(abs_srcdir)'; export SRCDIR;

client_examples_basic_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_basic_LDADD = libazblob.la
client_examples_batch_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_batch_LDADD = libazblob.la
client_examples_errors_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_errors_LDADD = libazblob.la
client_examples_event_loop_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_event_loop_LDADD = libazblob.la $(DAEMON_LIBS)
client_examples_gather_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_gather_LDADD = libazblob.la
client_examples_iterate_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_iterate_LDADD = libazblob.la
client_examples_limit_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_limit_LDADD = libazblob.la
client_examples_scopes_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_scopes_LDADD = libazblob.la
client_examples_cxx_SOURCES = client/examples/cxx.cc
client_examples_cxx_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_cxx_CXXFLAGS = -std=c++11 $(AM_CXXFLAGS)
client_examples_cxx_LDADD = libazblob.la
