import Bundles
import Platform
import Transfer

/// `host-bootstrap hydrate`: fill folders of data, with no system, user or hub around.
enum Hydrate {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        if options.has("--background"), options.last("--config") == "-" {
            throw .exclusive(["--background", "--config -"], .hydrate)
        }
        switch try await HydrationRequest.read(options) {
        case .failure(let refused): return refused.code
        case .success(let request):
            if options.has("--background") { return await leave(request) }
            return await fill(request, keepsStatus: options.has("--status-file"))
        }
    }

    private static func fill(_ request: HydrationRequest, keepsStatus: Bool) async -> ExitCode {
        let downloader = Downloader(tls: request.tls, policy: .hydration)
        let (codes, signal) = await untilSignalled {
            await withTaskGroup(of: ExitCode.self) { group in
                for job in request.jobs {
                    group.addTask { await fill(job, by: downloader, keepsStatus: keepsStatus) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        guard let worst = codes.max(by: { $0.rawValue < $1.rawValue }), worst != .done else { return .done }
        return signal.map { ExitCode(signal: $0) } ?? worst
    }

    private static func fill(_ job: HydrationJob, by downloader: Downloader, keepsStatus: Bool) async -> ExitCode {
        if keepsStatus,
            let code = await kept({ () throws(SystemCallError) in try HydrationStatus.begin(job, .running) })
        {
            return code
        }
        let ending = await job.run(by: downloader) { Output.diagnose("\(job.name): \($0)") }
        let code = say(ending, of: job)
        if keepsStatus, let code = await kept({ () throws(SystemCallError) in try HydrationStatus.end(job, ending) }) {
            return code
        }
        return code
    }

    private static func say(_ ending: HydrationJob.Ending, of job: HydrationJob) -> ExitCode {
        let files = job.files.names.joined(separator: ", ")
        switch ending {
        case .foundFilled: return Output.print("\(job.name): \(files) are there\n")
        case .filled(let source): return Output.print("\(job.name): \(files) came from \(source)\n")
        case .leftEmpty(let explanation):
            Output.diagnose(
                "warning: \(job.name): its data did not come: \(explanation.summary)\nhint: \(explanation.hint)")
            return Output.print("\(job.name): empty, as the config allows\n")
        case .failed(let explanation, let code):
            Output.explain(explanation)
            return code
        }
    }

    /// Has a process of its own do it, which this one does not wait for.
    private static func leave(_ request: HydrationRequest) async -> ExitCode {
        for job in request.jobs {
            if let code = await kept({ () throws(SystemCallError) in try HydrationStatus.begin(job, .starting) }) {
                return code
            }
        }
        do throws(SystemCallError) {
            let arguments = CommandLine.arguments.dropFirst().map { $0 == "--background" ? "--status-file" : $0 }
            let process = try Subprocess.leave(
                Command(
                    try ProcessStart.executable(), arguments, environment: ProcessStart.environment()))
            Output.diagnose("process \(process) goes on in the background")
        } catch {
            Output.explain(error.explanation)
            return .failed
        }
        for job in request.jobs { Output.print("\(job.name): \(job.files.folder)/\(HydrationStatus.name)\n") }
        return .done
    }

    /// The exit code when the status could not be kept, which is said then.
    private static func kept(_ write: @escaping @Sendable () throws(SystemCallError) -> Void) async -> ExitCode? {
        do throws(SystemCallError) {
            try await onOwnThread(write)
            return nil
        } catch {
            Output.explain(error.explanation)
            return .failed
        }
    }
}
