import Engine
import HostConfig
import Platform
import Privileged
import Reporting
import Steps
import Systemd

/// `apply --detach`: has a transient unit of systemd's do the run, and follows it.
struct Detach {
    let display: Display
    let arguments: [String]
    let settings: Provisioning.Options
    let place: DetachedPlace

    /// How it ended.
    enum Outcome {
        /// A run was started, and ended so or is followed no more.
        case ran(ExitCode)
        /// None was, as has been said.
        case notStarted(ExitCode)

        var code: ExitCode {
            switch self {
            case .ran(let code), .notStarted(let code): code
            }
        }
    }

    /// Has a unit run `apply` with this config, as if somebody had typed it.
    static func apply(_ config: String) async throws(UsageError) -> Outcome {
        let arguments = ["apply", "--config", config, "--no-progress", "--detach"]
        let options = try CommandLineOptions.parse(arguments)
        return try await run(options, try await Apply.provisioningOptions(options), arguments)
    }

    /// Checks first what can be checked here; what is refused has started nothing.
    static func run(
        _ options: CommandLineOptions, _ settings: Provisioning.Options,
        _ arguments: [String] = Array(CommandLine.arguments.dropFirst())
    ) async throws(UsageError) -> Outcome {
        let display = try Display(options)
        let input: [UInt8]?
        do throws(SystemCallError) {
            input = options.last("--config") == "-" ? try await ConfigFile.read("-") : nil
        } catch {
            Output.explain(error.explanation)
            return .notStarted(.invalidConfig)
        }
        switch try await ConfigFile.load(options, input: input, quietly: true) {
        case .refused(let code): return .notStarted(code)
        case .good(let configuration):
            let detach = Detach(
                display: display, arguments: arguments, settings: settings, place: await .ofThisUser())
            return await detach.run(configuration.bootstrapRoot, input)
        }
    }

    private func run(_ root: String, _ input: [UInt8]?) async -> Outcome {
        let deadline = ContinuousClock.now + settings.lockPatience
        do {
            while true {
                if let process = try await start(root, input) { return .ran(await follow(process, root)) }
                if ContinuousClock.now >= deadline { break }
                try await Task.sleep(for: .seconds(1))
            }
            let process = await onOwnThread { [place] () throws(Never) in place.running() }
            Output.explain(
                Explanation(
                    "another run is detached already\(process.map { ": process \($0)" } ?? "")", at: place.folder,
                    hint: "\(StatusFollow.again(root)) shows it; or wait for it (--wait-lock SECONDS)"))
            return .notStarted(.locked)
        } catch let error as any Explained {
            Output.explain(error.explanation)
        } catch {
            Output.explain(.unexpected(error))
        }
        // Nothing was started, so nothing was touched.
        return .notStarted(.preflightFailed)
    }

    /// The run's process; nil when this user has another one.
    private func start(_ root: String, _ input: [UInt8]?) async throws -> Int32? {
        let (place, arguments) = (place, arguments)
        let lock = try await onOwnThread { () throws(SystemCallError) -> DetachedPlace.Lock? in
            guard let lock = try place.lock(), place.running() == nil else { return nil }
            let request = DetachedPlace.Request(
                arguments: arguments, environment: ProcessStart.environment(), folder: Files.absolute("."),
                hasInput: input != nil)
            try place.put(request, input: input, root: root)
            return lock
        }
        guard let lock else { return nil }
        let helper = PrivilegedHelper(executable: try ProcessStart.executable())
        let result: Result<Int32?, PrivilegedError>
        do throws(PrivilegedError) { result = .success(try await helper.startDetachedRun()) } catch {
            result = .failure(error)
        }
        await helper.close()
        guard case .success(.some(let process)) = result else {
            await onOwnThread { () throws(Never) in place.clear() }
            return try result.get()
        }
        // Held until the run has taken what lies ready, or has ended: another one must not find a place that is in use.
        await begun(process)
        _ = lock
        return process
    }

    private func begun(_ process: Int32) async {
        guard let follower = try? FileFollower(place.record, of: process, shownOn: 2) else { return }
        var lines = 0
        for await news in follower.changes {
            // The first is the one that was put there.
            if case .line = news { lines += 1 }
            if lines > 1 || news == .ended || news == .unwatched { return }
        }
    }

    private func follow(_ process: Int32, _ root: String) async -> ExitCode {
        Output.diagnose("detached: process \(process) goes on when this ends; \(StatusFollow.again(root)) shows it")
        return await RunFollower(
            source: .record(place.record), process: process, again: StatusFollow.again(root),
            // The run tells the journal itself.
            sinks: Supervisor.journalHasStandardError ? [] : display.sinks()
        ).follow()
    }
}
