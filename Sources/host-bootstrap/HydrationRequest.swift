import Bundles
import Digests
import HostConfig
import Platform
import Transfer

/// The folders that a command line of `hydrate` names, and how their servers are trusted.
struct HydrationRequest: Sendable {
    var jobs: [HydrationJob]
    var tls: TLSSettings

    /// From the config, the address on the line, or the environment; an exit code when the config was refused.
    static func read(_ options: CommandLineOptions) async throws(UsageError) -> Result<HydrationRequest, Refused> {
        let ways = ["--config", "--environment"].filter { options.last($0) != nil } + options.operands.prefix(1)
        guard ways.count < 2 else { throw .exclusive(["--config", "--environment", "URL"], .hydrate) }
        if options.last("--config") != nil { return try await ofConfig(options) }
        let tls = TLSSettings(extraAuthorities: options.last("--ca-file"))
        if let prefix = options.last("--environment") {
            let job = try HydrationEnvironment(prefix: prefix).job(options)
            return .success(HydrationRequest(jobs: [job].compactMap(\.self), tls: tls))
        }
        guard let text = options.operands.first else {
            throw .missingOption("URL, --config or --environment", .hydrate)
        }
        guard let folder = options.last("--into") else { throw .missingOption("--into", .hydrate) }
        guard let names = options.last("--files") else { throw .missingOption("--files", .hydrate) }
        let published = try options.last("--checksum-url").map { (text) throws(UsageError) in
            try options.address(text)
        }
        let job = try job(
            try options.address(text), into: folder, names, try options.digest(), published: published, options)
        return .success(HydrationRequest(jobs: [job], tls: tls))
    }

    /// The config was refused, which has been said.
    struct Refused: Error {  // not told: it has been said.
        let code: ExitCode
    }

    private static func ofConfig(
        _ options: CommandLineOptions
    ) async throws(UsageError) -> Result<HydrationRequest, Refused> {
        let own = [
            "--into", "--files", "--sha256", "--checksum-url", "--size", "--header-file", "--ca-file",
            "--max-unpacked-mb",
        ]
        for option in own {
            // The config says all of it, for each folder.
            guard options.last(option) == nil else { throw .exclusive(["--config", option], .hydrate) }
        }
        switch try await ConfigFile.loadHydration(options) {
        case .refused(let code): return .failure(Refused(code: code))
        case .good(let settings):
            let tls = TLSSettings(
                extraAuthorities: settings.caFile, clientCertificate: settings.clientCertificate,
                clientKey: settings.clientKey)
            return .success(HydrationRequest(jobs: settings.data.map(HydrationJob.init), tls: tls))
        }
    }

    /// One folder as a command line has it; what is published beside the archive vouches for it unless a digest is given.
    static func job(
        _ url: SourceURL, into folder: String, _ names: String, _ digest: Digest?, published: SourceURL?,
        _ options: CommandLineOptions
    ) throws(UsageError) -> HydrationJob {
        guard digest == nil || published == nil else { throw .exclusive(["--sha256", "--checksum-url"], .hydrate) }
        let names = names.parts(at: ",").map(String.init)
        guard !names.isEmpty, names.allSatisfy(DataEntry.isFileName), Set(names).count == names.count else {
            throw .badValue(
                "--files", names.joined(separator: ","), expected: "names of files, no paths, with commas between them")
        }
        var source = ArchiveSource(url, digest.map { .digest($0) } ?? .sidecar(published))
        source.size = try options.archiveSize()
        let (wanted, header) = (source, options.last("--header-file"))
        let path = Files.absolute(folder)
        return HydrationJob(
            name: Files.name(of: path), files: FileSet(names, in: path), limits: try options.unpackedLimits()
        ) {
            var source = wanted
            if let header { source.access = try Access(try Secret(file: header).reveal(), for: url) }
            return source
        }
    }
}
