# The tests. A test is one file, and a line in one of these lists. Those of faults run the daemon
# itself, between a client and a service that follow a script.

if HAVE_CHECK
UNIT_TESTS = \
	tests/unit/test_account \
	tests/unit/test_arena \
	tests/unit/test_avro \
	tests/unit/test_base64 \
	tests/unit/test_budget \
	tests/unit/test_crc64 \
	tests/unit/test_decoder \
	tests/unit/test_error \
	tests/unit/test_explain \
	tests/unit/test_frame \
	tests/unit/test_multipart \
	tests/unit/test_pace \
	tests/unit/test_params \
	tests/unit/test_rate \
	tests/unit/test_registry \
	tests/unit/test_resume \
	tests/unit/test_retry \
	tests/unit/test_sas \
	tests/unit/test_scarce \
	tests/unit/test_sched \
	tests/unit/test_service_error \
	tests/unit/test_shared_key \
	tests/unit/test_structured \
	tests/unit/test_time \
	tests/unit/test_url \
	tests/unit/test_utf8
CLIENT_TESTS = \
	tests/unit/test_entry \
	tests/unit/test_exit_code \
	tests/unit/test_filter \
	tests/unit/test_folder \
	tests/unit/test_json \
	tests/unit/test_md5 \
	tests/unit/test_options \
	tests/unit/test_output \
	tests/unit/test_pattern \
	tests/unit/test_plan \
	tests/unit/test_target
FAULT_TESTS = \
	tests/faults/test_bad_input \
	tests/faults/test_batch \
	tests/faults/test_calls \
	tests/faults/test_download \
	tests/faults/test_query \
	tests/faults/test_sas
CHECK_TESTS = $(UNIT_TESTS) $(CLIENT_TESTS) tests/faults/test_fake $(FAULT_TESTS)
check_PROGRAMS += $(CHECK_TESTS)
TESTS += $(CHECK_TESTS)
endif

# What several tests and fuzz targets use; and the stage of the tests of faults.
check_LIBRARIES = tests/libhelpers.a
tests_libhelpers_a_SOURCES = \
	tests/unit/avro_file.c tests/unit/avro_file.h \
	tests/unit/methods.c tests/unit/methods.h \
	tests/unit/structured_body.c tests/unit/structured_body.h \
	tests/unit/text.c tests/unit/text.h
EXTRA_DIST += tests/unit/auth_vectors.h tests/unit/unit.h
if HAVE_CHECK
check_LIBRARIES += tests/libscene.a
endif
tests_libscene_a_SOURCES = \
	tests/faults/blob_service.c tests/faults/blob_service.h \
	tests/faults/daemon.c tests/faults/daemon.h \
	tests/faults/fake.c tests/faults/fake.h \
	tests/faults/fake_tls.c tests/faults/fake_tls.h \
	tests/faults/fetch.c tests/faults/fetch.h \
	tests/faults/folder.c tests/faults/folder.h \
	tests/faults/outside.c tests/faults/outside.h \
	tests/faults/program.c tests/faults/program.h \
	tests/faults/scene.c tests/faults/scene.h

# automake's own rule and this LDADD: of the libraries, a test gets what it uses.
LDADD = tests/libscene.a tests/libhelpers.a libcommand.la libengine.a libproto.la $(DAEMON_LIBS) \
	$(MSGPACK_LIBS) $(JANSSON_LIBS) $(MD_LIBS) $(CHECK_LIBS) -lssl -lcrypto -lpthread

# Programs in which allocations fail as tests/unit/scarce.h says.
SCARCE = tests/unit/scarce.c tests/unit/scarce.h
SCARCE_WRAPS = $(AM_LDFLAGS) -static -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
	-Wl,--wrap=reallocarray,--wrap=strdup
tests_unit_test_scarce_SOURCES = tests/unit/test_scarce.c $(SCARCE)
tests_unit_test_scarce_LDFLAGS = $(SCARCE_WRAPS)

include $(srcdir)/tests/faults_local.mk

# ---- fuzz targets: replayed over their corpora by `make check`, or with libFuzzer ----

FUZZ_TARGETS = \
	tests/fuzz/fuzz_avro \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_connection_string \
	tests/fuzz/fuzz_decoder \
	tests/fuzz/fuzz_frame \
	tests/fuzz/fuzz_headers \
	tests/fuzz/fuzz_multipart \
	tests/fuzz/fuzz_request \
	tests/fuzz/fuzz_service_error \
	tests/fuzz/fuzz_structured \
	tests/fuzz/fuzz_time \
	tests/fuzz/fuzz_url
LIBS_OF_FUZZ = tests/libhelpers.a libengine.a libproto.la $(DAEMON_LIBS) $(MSGPACK_LIBS) -lpthread

if FUZZING
noinst_PROGRAMS += $(FUZZ_TARGETS)
FUZZ_REPLAY =
LDFLAGS_OF_FUZZ = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += tests/fuzz/replay.sh
FUZZ_REPLAY = tests/fuzz/replay.c
LDFLAGS_OF_FUZZ = $(AM_LDFLAGS)
endif

tests_fuzz_fuzz_avro_SOURCES = tests/fuzz/fuzz_avro.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_avro_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_avro_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_config_LDADD = libdaemon.a $(LIBS_OF_FUZZ) $(INIH_LIBS)
tests_fuzz_fuzz_config_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_connection_string_SOURCES = tests/fuzz/fuzz_connection_string.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_connection_string_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_connection_string_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_decoder_SOURCES = tests/fuzz/fuzz_decoder.c tests/fuzz/one_value.h $(FUZZ_REPLAY)
tests_fuzz_fuzz_decoder_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_decoder_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_frame_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_frame_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_headers_SOURCES = tests/fuzz/fuzz_headers.c tests/fuzz/one_value.h $(FUZZ_REPLAY)
tests_fuzz_fuzz_headers_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_headers_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_multipart_SOURCES = tests/fuzz/fuzz_multipart.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_multipart_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_multipart_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_request_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_request_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_service_error_SOURCES = tests/fuzz/fuzz_service_error.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_service_error_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_service_error_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_structured_SOURCES = tests/fuzz/fuzz_structured.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_structured_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_structured_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_time_SOURCES = tests/fuzz/fuzz_time.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_time_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_time_LDFLAGS = $(LDFLAGS_OF_FUZZ)
tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c $(FUZZ_REPLAY)
tests_fuzz_fuzz_url_LDADD = $(LIBS_OF_FUZZ)
tests_fuzz_fuzz_url_LDFLAGS = $(LDFLAGS_OF_FUZZ)

EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/replay.c tests/fuzz/corpus
