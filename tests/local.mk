# The tests. Unit tests link the engine; tests of faults run the daemon itself.

if HAVE_CHECK
UNIT_TESTS = \
	tests/unit/test_account \
	tests/unit/test_arena \
	tests/unit/test_base64 \
	tests/unit/test_error \
	tests/unit/test_frame \
	tests/unit/test_shared_key \
	tests/unit/test_time \
	tests/unit/test_url
CLIENT_TESTS = \
	tests/unit/test_exit_code \
	tests/unit/test_json \
	tests/unit/test_options \
	tests/unit/test_target
FAULT_TESTS = \
	tests/faults/test_bad_input \
	tests/faults/test_batch \
	tests/faults/test_calls \
	tests/faults/test_download
CHECK_TESTS = $(UNIT_TESTS) $(CLIENT_TESTS) tests/faults/test_fake $(FAULT_TESTS)
check_PROGRAMS += $(CHECK_TESTS)
TESTS += $(CHECK_TESTS)
endif

UNIT_CFLAGS = $(AM_CFLAGS) $(DAEMON_CFLAGS) $(CHECK_CFLAGS)
UNIT_LIBS = libengine.a libproto.la $(DAEMON_LIBS) $(MSGPACK_LIBS) $(CHECK_LIBS) -lpthread
CLIENT_LIBS = libcommand.la libproto.la $(MSGPACK_LIBS) $(JANSSON_LIBS) $(CHECK_LIBS)

tests_unit_test_account_SOURCES = tests/unit/test_account.c tests/unit/unit.h
tests_unit_test_account_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_account_LDADD = $(UNIT_LIBS)
tests_unit_test_arena_SOURCES = tests/unit/test_arena.c tests/unit/unit.h
tests_unit_test_arena_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_arena_LDADD = $(UNIT_LIBS)
tests_unit_test_base64_SOURCES = tests/unit/test_base64.c tests/unit/unit.h
tests_unit_test_base64_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_base64_LDADD = $(UNIT_LIBS)
tests_unit_test_error_SOURCES = tests/unit/test_error.c tests/unit/unit.h
tests_unit_test_error_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_error_LDADD = $(UNIT_LIBS)
tests_unit_test_frame_SOURCES = tests/unit/test_frame.c tests/unit/unit.h
tests_unit_test_frame_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_frame_LDADD = $(UNIT_LIBS)
tests_unit_test_shared_key_SOURCES = tests/unit/test_shared_key.c tests/unit/auth_vectors.h tests/unit/unit.h
tests_unit_test_shared_key_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_shared_key_LDADD = $(UNIT_LIBS)
tests_unit_test_time_SOURCES = tests/unit/test_time.c tests/unit/unit.h
tests_unit_test_time_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_time_LDADD = $(UNIT_LIBS)
tests_unit_test_url_SOURCES = tests/unit/test_url.c tests/unit/unit.h
tests_unit_test_url_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_url_LDADD = $(UNIT_LIBS)

tests_unit_test_exit_code_SOURCES = tests/unit/test_exit_code.c tests/unit/unit.h
tests_unit_test_exit_code_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_exit_code_LDADD = $(CLIENT_LIBS)
tests_unit_test_json_SOURCES = tests/unit/test_json.c tests/unit/unit.h
tests_unit_test_json_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_json_LDADD = $(CLIENT_LIBS)
tests_unit_test_options_SOURCES = tests/unit/test_options.c tests/unit/unit.h
tests_unit_test_options_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_options_LDADD = $(CLIENT_LIBS)
tests_unit_test_target_SOURCES = tests/unit/test_target.c tests/unit/unit.h
tests_unit_test_target_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_target_LDADD = $(CLIENT_LIBS)

# ---- the scripted server ----

FAKE_SOURCES = tests/faults/fake.c tests/faults/fake.h tests/faults/fake_tls.c tests/faults/fake_tls.h
SCENE_SOURCES = $(FAKE_SOURCES) tests/faults/daemon.c tests/faults/daemon.h \
	tests/faults/scene.c tests/faults/scene.h
FAULT_CFLAGS = $(AM_CFLAGS) $(DAEMON_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
FAULT_LIBS = libproto.la $(MSGPACK_LIBS) $(JANSSON_LIBS) $(CHECK_LIBS) -lssl -lcrypto -lpthread

tests_faults_test_fake_SOURCES = tests/faults/test_fake.c $(FAKE_SOURCES)
tests_faults_test_fake_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_fake_LDADD = $(FAULT_LIBS)
tests_faults_test_bad_input_SOURCES = tests/faults/test_bad_input.c $(SCENE_SOURCES)
tests_faults_test_bad_input_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_bad_input_LDADD = $(FAULT_LIBS)
tests_faults_test_batch_SOURCES = tests/faults/test_batch.c $(SCENE_SOURCES)
tests_faults_test_batch_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_batch_LDADD = $(FAULT_LIBS)
tests_faults_test_calls_SOURCES = tests/faults/test_calls.c $(SCENE_SOURCES)
tests_faults_test_calls_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_calls_LDADD = $(FAULT_LIBS)
tests_faults_test_download_SOURCES = tests/faults/test_download.c $(SCENE_SOURCES)
tests_faults_test_download_CFLAGS = $(FAULT_CFLAGS)
tests_faults_test_download_LDADD = $(FAULT_LIBS)

include $(srcdir)/tests/faults_local.mk

# ---- fuzz targets: replayed over their corpora by `make check`, or with libFuzzer ----

FUZZ_TARGETS = \
	tests/fuzz/fuzz_connection_string \
	tests/fuzz/fuzz_frame \
	tests/fuzz/fuzz_time \
	tests/fuzz/fuzz_url
LIBS_OF_FUZZ = libengine.a libproto.la $(DAEMON_LIBS) $(MSGPACK_LIBS) -lpthread

if FUZZING
noinst_PROGRAMS = $(FUZZ_TARGETS)
FUZZ_REPLAY =
LDFLAGS_OF_FUZZ = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += tests/fuzz/replay.sh
FUZZ_REPLAY = tests/fuzz/replay.c
LDFLAGS_OF_FUZZ = $(AM_LDFLAGS)
endif

tests_fuzz_fuzz_connection_string_SOURCES = tests/fuzz/fuzz_connection_string.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_connection_string_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_connection_string_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_frame_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_frame_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_time_SOURCES = tests/fuzz/fuzz_time.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_time_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_time_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_url_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_url_LDFLAGS = $(LDFLAGS_OF_FUZZ)

EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/replay.c tests/fuzz/corpus
