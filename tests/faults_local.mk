# More tests of faults; tests/local.mk includes this and has what they are built from.

if HAVE_CHECK
MORE_FAULT_TESTS = \
	tests/faults/test_answers \
	tests/faults/test_copy \
	tests/faults/test_blocks \
	tests/faults/test_examples \
	tests/faults/test_library \
	tests/faults/test_lease \
	tests/faults/test_lifecycle \
	tests/faults/test_local \
	tests/faults/test_ranges \
	tests/faults/test_retry_paths \
	tests/faults/test_rows \
	tests/faults/test_streams \
	tests/faults/test_upload
check_PROGRAMS += $(MORE_FAULT_TESTS)
TESTS += $(MORE_FAULT_TESTS)
endif

BLOB_SERVICE_SOURCES = $(SCENE_SOURCES) tests/faults/blob_service.c tests/faults/blob_service.h

tests_faults_test_answers_SOURCES = tests/faults/test_answers.c tests/faults/answers.h \
	tests/faults/answers_blob.c tests/faults/answers_container.c tests/faults/answers_listing.c \
	tests/faults/answers_service.c tests/faults/answers_write.c $(SCENE_SOURCES)
tests_faults_test_answers_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_answers_LDADD = tests/libhelpers.a $(FAULT_LIBS)
tests_faults_test_copy_SOURCES = tests/faults/test_copy.c $(SCENE_SOURCES)
tests_faults_test_copy_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_copy_LDADD = $(FAULT_LIBS)
tests_faults_test_blocks_SOURCES = tests/faults/test_blocks.c $(SCENE_SOURCES)
tests_faults_test_blocks_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_blocks_LDADD = libengine.a $(FAULT_LIBS)
tests_faults_test_library_SOURCES = tests/faults/test_library.c $(BLOB_SERVICE_SOURCES)
tests_faults_test_library_CPPFLAGS = $(AM_CPPFLAGS) $(LIBAZBLOB_CPPFLAGS)
tests_faults_test_library_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_library_LDADD = libazblob.la $(FAULT_LIBS)
tests_faults_test_lease_SOURCES = tests/faults/test_lease.c $(SCENE_SOURCES)
tests_faults_test_lease_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_lease_LDADD = $(FAULT_LIBS)
tests_faults_test_lifecycle_SOURCES = tests/faults/test_lifecycle.c $(SCENE_SOURCES)
tests_faults_test_lifecycle_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_lifecycle_LDADD = $(FAULT_LIBS)
tests_faults_test_local_SOURCES = tests/faults/test_local.c $(SCENE_SOURCES)
tests_faults_test_local_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_local_LDADD = $(FAULT_LIBS)
tests_faults_test_ranges_SOURCES = tests/faults/test_ranges.c $(SCENE_SOURCES)
tests_faults_test_ranges_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_ranges_LDADD = tests/libhelpers.a libengine.a $(DAEMON_LIBS) $(FAULT_LIBS)
tests_faults_test_retry_paths_SOURCES = tests/faults/test_retry_paths.c $(SCENE_SOURCES)
tests_faults_test_retry_paths_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_retry_paths_LDADD = libengine.a $(FAULT_LIBS)
tests_faults_test_rows_SOURCES = tests/faults/test_rows.c $(SCENE_SOURCES)
tests_faults_test_rows_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_rows_LDADD = tests/libhelpers.a libengine.a $(DAEMON_LIBS) $(FAULT_LIBS)
tests_faults_test_streams_SOURCES = tests/faults/test_streams.c $(SCENE_SOURCES)
tests_faults_test_streams_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_streams_LDADD = $(FAULT_LIBS)
tests_faults_test_upload_SOURCES = tests/faults/test_upload.c $(SCENE_SOURCES)
tests_faults_test_upload_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_upload_LDADD = $(FAULT_LIBS)

# ---- the library's examples, which test_examples runs ----

EXAMPLES = client/examples/basic client/examples/batch client/examples/errors \
	client/examples/gather client/examples/iterate client/examples/limit client/examples/scopes
EXTRA_DIST += client/examples/example.h client/examples/ffi.py
if HAVE_CHECK
check_PROGRAMS += $(EXAMPLES) client/examples/cxx
endif
AM_TESTS_ENVIRONMENT += LIBAZBLOB='$(abs_builddir)/.libs/libazblob.so'; export LIBAZBLOB; \
	SRCDIR='$(abs_srcdir)'; export SRCDIR;

tests_faults_test_examples_SOURCES = tests/faults/test_examples.c $(BLOB_SERVICE_SOURCES)
tests_faults_test_examples_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_examples_LDADD = $(FAULT_LIBS)
client_examples_basic_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_basic_LDADD = libazblob.la
client_examples_batch_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_batch_LDADD = libazblob.la
client_examples_errors_CPPFLAGS = $(LIBAZBLOB_CPPFLAGS)
client_examples_errors_LDADD = libazblob.la
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
