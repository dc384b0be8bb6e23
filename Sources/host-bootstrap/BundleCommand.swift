import Archives
import Bundles
import Digests
import Engine
import Platform
import Reporting

/// `host-bootstrap bundle`: install, make, compare and check bundles by hand.
enum BundleCommand {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        if options.operands.count > 2, options.operands[0] != "delta" {
            throw .unexpectedOperand(options.operands[2], .bundle)
        }
        switch options.operands[0] {
        case "install": return try await BundleInstall.run(options)
        case "pack": return try await pack(options)
        case "verify": return try await verify(options)
        case "delta": return try await delta(options)
        default: throw .badValue("bundle", options.operands[0], expected: "install, pack, verify or delta")
        }
    }

    private static func pack(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        var identity = BundlePacker.Identity()
        identity.name = options.last("--name")
        identity.version = options.last("--bundle-version")
        identity.architecture = options.last("--arch")
        let folder = options.operands[1]
        let packer = BundlePacker(folder, identity, sourceDate: try sourceDate())
        let output = options.last("--output")
        return await ending("pack", try Display(options)) { (stop, notes) throws(BundleError) in
            try packer.run(to: output, stop: stop, notes)
        } then: { packed in
            let manifest = packed.manifest
            for name in packed.leftOut { Output.diagnose("left out: \(folder)/\(name)") }
            return Output.print(
                "\(packed.path): \(manifest.name) \(manifest.version) for \(manifest.arch), "
                    + "\(manifest.files.count) files, \(packed.size) bytes, sha256 \(packed.digest.hex)\n")
        }
    }

    private static func delta(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        guard options.operands.count == 3 else { throw .missingOperand("NEW", .bundle) }
        let scratch = ProcessStart.environment("TMPDIR") ?? "/var/tmp"
        let delta = BundleDelta(from: options.operands[1], to: options.operands[2], scratch: scratch)
        let output = options.last("--output")
        return await ending("delta", try Display(options)) { (stop, notes) throws(BundleError) in
            try delta.write(to: output, stop: stop, notes)
        } then: { packed in
            Output.print("\(packed.path): \(packed.size) bytes, sha256 \(packed.digest.hex)\n")
        }
    }

    private static func verify(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let (path, limits) = (options.operands[1], try options.unpackedLimits())
        let scratch = ProcessStart.environment("TMPDIR") ?? "/var/tmp"
        return await ending("verify", try Display(options)) { (stop, notes) throws(BundleError) in
            try BundleVerification.of(path, scratch: scratch, limits: limits, stop: stop, notes)
        } then: { result in
            let manifest = result.manifest
            guard result.findings.isEmpty else {
                for finding in result.findings { Output.diagnose("\(path): \(finding)") }
                Output.explain(
                    Explanation(
                        "is not as its manifest says, in \(result.findings.count) places", at: path,
                        hint: "do not use it: fetch or install it again, or pack it anew"))
                return .integrity
            }
            return Output.print(
                "\(path): \(manifest.name) \(manifest.version) for \(manifest.arch), "
                    + "\(result.files) files, all as its manifest says\n")
        }
    }

    /// Does blocking work that is shown while it lasts, and says what came of it when nothing of that is left.
    private static func ending<Value: Sendable>(
        _ name: StepID, _ display: Display,
        _ body: @escaping @Sendable (StopFlag, @escaping ProgressNotes) throws(BundleError) -> Value,
        then say: @escaping @Sendable (Value) -> ExitCode
    ) async -> ExitCode {
        let work = WorkDisplay(name, display)
        return await untilStopped { (stop) throws(BundleError) in
            let result: Result<Value, BundleError> = await onOwnThread { () throws(Never) in
                Result { () throws(BundleError) in try body(stop) { work.tell($0) } }
            }
            await work.finish()
            return say(try result.get())
        } failing: {
            $0.isIntegrity ? .integrity : .failed
        }
    }

    /// One time for all files, in seconds since 1970, as reproducible builds ask for it.
    static func sourceDate() throws(UsageError) -> Int64? {
        guard let text = ProcessStart.environment("SOURCE_DATE_EPOCH"), !text.isEmpty else { return nil }
        guard let seconds = Int64(text), (0...1 << 33).contains(seconds) else {
            throw .badValue("$SOURCE_DATE_EPOCH", text, expected: "seconds since 1970, or leave it out")
        }
        return seconds
    }
}
