import Platform

/// Runs a blocking body on its own thread and tells it when the task is cancelled.
func stoppable<Value: Sendable>(
    _ url: SourceURL,
    _ body: @escaping @Sendable (@escaping @Sendable () -> Bool) throws(TransferError) -> Value
) async throws(TransferError) -> Value {
    let flag = StopFlag()
    let result: Result<Value, TransferError> = await withTaskCancellationHandler {
        do throws(TransferError) {
            return .success(
                try await onOwnThread { () throws(TransferError) in try body { flag.isSet } })
        } catch {
            return .failure(error)
        }
    } onCancel: {
        flag.set()
    }
    if flag.isSet { throw .cancelled(url: url.description) }
    return try result.get()
}
