/*
 * cxx.cc: the same library from C++: handles in unique_ptr, a lambda as callback.
 */
#include <azblob_methods.h>

#include <cstdio>
#include <memory>

template <typename T, void (*close)(T *)> struct Closer {
    void operator()(T *object) const
    {
        close(object);
    }
};

template <typename T, void (*close)(T *)> using Owned = std::unique_ptr<T, Closer<T, close>>;

using Connection = Owned<azblob_connection, azblob_close>;
using Service = Owned<azblob_service, azblob_service_close>;
using Container = Owned<azblob_container, azblob_container_close>;
using Task = Owned<azblob_task, azblob_task_free>;
using Error = Owned<azblob_error, azblob_error_free>;

int main()
{
    Error err(azblob_error_new());
    azblob_connection *connected = nullptr;
    azblob_task *started = nullptr;
    int n_done = 0;

    if (azblob_connect(nullptr, &connected, err.get()) < 0) {
        std::fprintf(stderr, "%s\n", azblob_error_message(err.get()));
        return 1;
    }
    Connection connection(connected);
    Service service(azblob_service_open(connection.get(), nullptr));
    Container container(azblob_container_open(service.get(), "example-cxx"));
    azblob_container_get_container_properties_params params = {};

    params.struct_bytes = sizeof(params);
    params.timeout = azblob_int(5);
    if (azblob_container_get_container_properties_start(container.get(), &params, &started,
                                                        err.get()) < 0)
        return 1;
    Task task(started);
    azblob_task_on_done(
        task.get(), [](azblob_task *, void *arg) { ++*static_cast<int *>(arg); }, &n_done);
    int rc = azblob_task_wait(task.get(), err.get());
    std::printf("%d callback, %s\n", n_done, rc < 0 ? azblob_error_code(err.get()) : "found");
    return 0;
}
