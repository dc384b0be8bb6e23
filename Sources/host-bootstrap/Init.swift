import FirstConfig
import Platform

/// `host-bootstrap init`: a first config, and a bundle of what a folder holds.
enum Init {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        if options.has("--update") { return try await update(options) }
        let initOptions = try await initOptions(options)
        let sourceDate = try BundleCommand.sourceDate()
        let outline: Outline
        do throws(FirstConfigError) { outline = try await settle(initOptions) } catch {
            Output.explain(error.explanation)
            return code(error)
        }
        return await untilStopped(
            { (stop) throws(FirstConfigError) in
                let written = try await onOwnThread { () throws(FirstConfigError) in
                    try outline.write(sourceDate: sourceDate, stop: stop)
                }
                for remark in outline.remarks { Output.diagnose("note: \(remark)") }
                let next = NextCommands(
                    written, config: outline.config, host: outline.host, user: outline.user, hub: outline.hub)
                return show(written, options.operands.first, next)
            }, failing: code)
    }

    private static func update(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let others = ["--start", "--name", "--health", "--node", "--user", "--host", "--hub-url"]
        if let other = others.first(where: { options.last($0) != nil }) {
            throw .exclusive(["--update", other], .initialize)
        }
        let folder = options.operands.first ?? "."
        let (into, version) = (options.last("--into"), options.last("--bundle-version"))
        let sourceDate = try BundleCommand.sourceDate()
        return await untilStopped(
            { (stop) throws(FirstConfigError) in
                let (update, written) = try await onOwnThread { () throws(FirstConfigError) in
                    let update = try Update(folder, into: into, version: version)
                    return (update, try update.write(sourceDate: sourceDate, stop: stop))
                }
                guard !written.files.isEmpty else { return Output.print("nothing has changed\n") }
                let next = NextCommands(
                    written, config: update.config, host: update.host, user: update.user, hub: update.hub)
                return show(written, folder, next)
            }, failing: code)
    }

    private static func show(_ written: FirstFiles, _ folder: String?, _ next: NextCommands) -> ExitCode {
        for name in written.archive?.leftOut ?? [] { Output.diagnose("left out: \(folder ?? ".")/\(name)") }
        let files = written.files.map { "wrote \($0.path): \($0.words)\n" }.joined()
        return Output.print("\(files)\n\(next.text)")
    }

    private static func code(_ error: FirstConfigError) -> ExitCode {
        error.isUsage ? .usage : error.isIntegrity ? .integrity : .failed
    }

    // MARK: What nobody said

    private static func initOptions(_ options: CommandLineOptions) async throws(UsageError) -> InitOptions {
        let user = try await user(options)
        let account = (try? await Account.lookUp(user)) ?? nil
        var initOptions = InitOptions(user: user, home: account?.home)
        initOptions.folder = options.operands.first
        initOptions.into = options.last("--into")
        initOptions.name = options.last("--name")
        initOptions.version = options.last("--bundle-version")
        initOptions.start = options.last("--start")
        initOptions.health = options.last("--health")
        initOptions.node = options.last("--node")
        initOptions.host = options.last("--host")
        initOptions.hub = options.last("--hub-url")
        return initOptions
    }

    /// Root is never the bootstrap user.
    private static func user(_ options: CommandLineOptions) async throws(UsageError) -> String {
        if let given = options.last("--user") { return given }
        if Account.currentUser != 0, let own = (try? await Account.lookUp("\(Account.currentUser)")) ?? nil {
            return own.name
        }
        if let caller = ProcessStart.environment("SUDO_USER"), caller != "root", !caller.isEmpty { return caller }
        guard let answer = await ask("the user that owns and runs everything on the host: ") else {
            throw .missingOption("--user", .initialize)
        }
        return answer
    }

    /// Asks what starts the program, where that is all that is missing.
    private static func settle(_ initOptions: InitOptions) async throws(FirstConfigError) -> Outline {
        do throws(FirstConfigError) {
            return try await onOwnThread { () throws(FirstConfigError) in try Outline(initOptions) }
        } catch {
            guard initOptions.start == nil, error.lacksStart else { throw error }
            if isTerminal { Output.diagnose(error.explanation.summary) }
            guard let answer = await ask("the command that starts it: ") else { throw error }
            var initOptions = initOptions
            initOptions.start = answer
            return try await onOwnThread { [initOptions] () throws(FirstConfigError) in try Outline(initOptions) }
        }
    }

    private static var isTerminal: Bool { Terminal(0) != nil && Terminal(2) != nil }

    /// A person's answer; nil where there is none to ask, or none comes.
    private static func ask(_ question: String) async -> String? {
        guard isTerminal else { return nil }
        return await onOwnThread { () throws(Never) in
            while true {
                Output.prompt(question)
                guard let line = InputLine.read() else { return nil }
                if let answer = PathBytes(line).string, !answer.isEmpty { return answer }
            }
        }
    }
}
