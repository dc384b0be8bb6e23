internal import Glibc

/// Runs a blocking body on a thread of its own, so that Swift's few cooperative threads stay free.
///
/// The typed error is kept. Cancelling the task does not stop the body: give it a way out of its own.
/// Task-locals do not reach it.
public func onOwnThread<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
        startThread { continuation.resume(returning: Result { () throws(Failure) in try body() }) }
    }
    return try result.get()
}

/// The same for a body that looks, again and again, at a flag that cancelling the task sets.
public func onOwnStoppableThread<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable (StopFlag) throws(Failure) -> Value
) async throws(Failure) -> Value {
    let stop = StopFlag()
    let result: Result<Value, Failure> = await withTaskCancellationHandler {
        await onOwnThread { () throws(Never) in Result { () throws(Failure) in try body(stop) } }
    } onCancel: {
        stop.set()
    }
    return try result.get()
}

/// Starts a detached thread with a 1 MiB stack that runs `body` once.
public func startThread(_ body: @escaping @Sendable () -> Void) {
    // No thread could be had: doing the work here is slower, losing it would hang the caller.
    if startThreadIfPossible(body) != 0 { body() }
}

/// Starts the thread, or tells pthread_create's error.
func startThreadIfPossible(_ body: @escaping @Sendable () -> Void) -> Int32 {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 1 << 20)
    let box = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, &attributes,
        { argument in
            guard let argument else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }, box.toOpaque())
    if code != 0 { box.release() }
    return code
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
