import Platform

/// Runs a blocking body on its own thread and tells it when the task is cancelled.
func stoppable<Value: Sendable>(
    _ url: SourceURL,
    _ body: @escaping @Sendable (@escaping @Sendable () -> Bool) throws(TransferError) -> Value
) async throws(TransferError) -> Value {
    let result: Result<Value, TransferError> = await onOwnStoppableThread { (stop) throws(Never) in
        Result { () throws(TransferError) in try body { stop.isSet } }
    }
    if Task.isCancelled { throw .cancelled(url: url.description) }
    return try result.get()
}
