import Platform

/// Runs a body to its end or to a signal, at which its flag is set for it to clear away behind itself; tells its error.
func untilStopped<Failure: Explained>(
    _ body: @escaping @Sendable (StopFlag) async throws(Failure) -> ExitCode,
    failing code: (Failure) -> ExitCode
) async -> ExitCode {
    let stop = StopFlag()
    let (result, signal) = await untilSignalled { () async -> Result<ExitCode, Failure> in
        await withTaskCancellationHandler {
            do throws(Failure) { return .success(try await body(stop)) } catch { return .failure(error) }
        } onCancel: {
            stop.set()
        }
    }
    switch (result, signal) {
    case (.success(let code), _): return code
    case (.failure, let signal?):
        Output.diagnose("stopped")
        return ExitCode(signal: signal)
    case (.failure(let error), nil):
        Output.explain(error.explanation)
        return code(error)
    }
}
