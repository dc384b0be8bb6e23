/// Runs what can be cancelled, cancels it when its time is over, and waits for it to end in order.
///
/// `inTime` is false, too, when the task itself was cancelled before the body ended.
public func withTimeLimit<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async -> Value
) async -> (value: Value, inTime: Bool) {
    let running = Task { await body() }
    return await withTaskGroup(of: Bool.self) { group in
        group.addTask {
            _ = await running.value
            return true
        }
        group.addTask {
            try? await Task.sleep(for: limit)
            return false
        }
        let inTime = await group.next() ?? false
        if !inTime { running.cancel() }
        group.cancelAll()
        return (await running.value, inTime)
    }
}
