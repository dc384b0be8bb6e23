internal import Glibc
import HostConfig
import Platform
import Trust

/// The file that `--config` names.
enum ConfigFile {
    /// What became of it; when it was refused, that has been said.
    enum Loaded<Value> {
        case good(Value)
        case refused(ExitCode)
    }

    /// Reads it, holds it to the keys that this host trusts, and checks it.
    ///
    /// `input` is what was read of standard input already; `quietly` leaves it to another to say whose signature it has.
    static func load(_ options: CommandLineOptions, input: [UInt8]? = nil, quietly: Bool = false)
        async throws(UsageError) -> Loaded<HostConfiguration>
    {
        try await load(options, input: input, quietly: quietly, HostConfiguration.load) { configuration, signed in
            configuration.signature = signed?.signature
            return configuration
        }
    }

    /// The same of what a config says of data; it may be about that alone.
    static func loadHydration(_ options: CommandLineOptions) async throws(UsageError) -> Loaded<HydrationSettings> {
        try await load(options, input: nil, quietly: false, HydrationSettings.load) { settings, _ in settings.host }
    }

    private static func load<Value>(
        _ options: CommandLineOptions, input: [UInt8]?, quietly: Bool,
        _ reader: ([UInt8], String) -> Result<Value, ConfigurationError>,
        _ host: (inout Value, ConfigTrust.Signed?) -> HostConfiguration?
    ) async throws(UsageError) -> Loaded<Value> {
        guard let path = options.last("--config") else { throw .missingOption("--config", options.command) }
        let name = path == "-" ? "<stdin>" : path
        let trust = try await HostTrust.of(options)
        let bytes: [UInt8]
        do throws(SystemCallError) { bytes = if let input { input } else { try await read(path) } } catch {
            Output.explain(error.explanation)
            return .refused(.invalidConfig)
        }
        // Before anything in it is looked at: who serves it may have written it.
        let signed: ConfigTrust.Signed?
        let signature = options.last("--config-signature") ?? "\(path == "-" ? "config.json" : path).minisig"
        do throws(TrustError) {
            signed = try await onOwnThread { () throws(TrustError) in
                try trust.hold(bytes, named: name, signatureAt: signature)
            }
        } catch {
            Output.explain(error.explanation)
            return .refused(error.isIntegrity ? .integrity : .failed)
        }
        switch reader(bytes, name) {
        case .success(var value):
            let host = host(&value, signed)
            if let signed {
                if !quietly { Output.diagnose("\(name): \(signed.words)") }
                if let host, let code = await refusal(of: host, signed, by: trust, named: name) {
                    return .refused(code)
                }
            }
            return .good(value)
        case .failure(let error):
            refuse(error, bytes, asJSON: options.has("--json"))
            return .refused(.invalidConfig)
        }
    }

    private static func refusal(
        of configuration: HostConfiguration, _ signed: ConfigTrust.Signed, by trust: ConfigTrust, named name: String
    ) async -> ExitCode? {
        do throws(TrustError) {
            try await onOwnThread { () throws(TrustError) in try trust.admit(configuration, signed, named: name) }
            return nil
        } catch {
            Output.explain(error.explanation)
            return error.isIntegrity ? .integrity : .failed
        }
    }

    /// Reads a config whole; `-` is standard input.
    static func read(_ path: String) async throws(SystemCallError) -> [UInt8] {
        try await onOwnThread { () throws(SystemCallError) in
            guard path == "-" else { return try Files.read(path) }
            guard let bytes = try InputLine.readAll(limit: 64 << 20) else {
                throw SystemCallError("read", "standard input", code: EFBIG)
            }
            return bytes
        }
    }

    /// For a person at a terminal each line is followed by the place in the file, and a word on the codes.
    private static func refuse(_ error: ConfigurationError, _ source: [UInt8], asJSON: Bool) {
        if asJSON { Output.json(error.diagnostics.map(DiagnosticLine.init)) }
        guard Terminal(2) != nil else {
            return Output.diagnose(error.diagnostics.map(\.description).joined(separator: "\n"))
        }
        for diagnostic in error.diagnostics {
            Output.diagnose(
                [diagnostic.description, diagnostic.excerpt(of: source)].compactMap(\.self).joined(separator: "\n"))
        }
        let codes = Set(error.diagnostics.map(\.code.rawValue)).sorted().joined(separator: ", ")
        Output.diagnose("host-bootstrap explain CODE says more of: \(codes)")
    }
}

/// One diagnostic for programs.
struct DiagnosticLine: Encodable {
    let file: String
    let line: Int, column: Int
    let path: String, code: String, message: String

    init(_ diagnostic: Diagnostic) {
        file = diagnostic.file
        line = diagnostic.line
        column = diagnostic.column
        path = diagnostic.path
        code = diagnostic.code.rawValue
        message = diagnostic.message
    }
}
