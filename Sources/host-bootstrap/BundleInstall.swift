import Archives
import Bundles
import Digests
import Engine
import HostConfig
import Platform
import Reporting
import Transfer

/// `host-bootstrap bundle install`: fetch, verify and unpack one bundle.
enum BundleInstall {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let verification = try options.verification()
        let limits = try options.unpackedLimits(), size = try options.archiveSize()
        guard let destination = options.last("--into") else { throw .missingOption("--into", .bundle) }
        let url = try options.address(options.operands[1])
        let display = try Display(options)
        do {
            var source = ArchiveSource(url, verification)
            source.size = size
            if let file = options.last("--header-file") {
                source.access = try Access(try Secret(file: file).reveal(), for: url)
            }
            let downloader = Downloader(tls: TLSSettings(extraAuthorities: options.last("--ca-file")))
            let wanted = source
            let work = WorkDisplay("fetch", display)
            let (result, signal) = await untilSignalled { () async -> Result<Void, any Error> in
                do {
                    return .success(try await install(wanted, by: downloader, at: destination, limits, work))
                } catch {
                    return .failure(error)
                }
            }
            await work.finish()
            if case .failure = result, let signal {
                Output.diagnose("stopped")
                return ExitCode(signal: signal)
            }
            try result.get()
            return .done
        } catch let error as BundleError {
            Output.explain(error.explanation)
            return error.isIntegrity ? .integrity : .failed
        } catch let error as any Explained {
            Output.explain(error.explanation)
        } catch {
            Output.explain(.unexpected(error))
        }
        return .failed
    }

    private static func install(
        _ source: ArchiveSource, by downloader: Downloader, at destination: String, _ limits: Unpacker.Limits,
        _ display: WorkDisplay
    ) async throws {
        if try FileStatus.of(destination) != nil { throw DestinationThere(path: destination) }
        let above = Files.folder(of: destination)
        try Folders.make(above)
        let downloads = try WorkFolder(prefix: "\(above)/.download-")
        defer { downloads.remove() }
        let fetcher = ArchiveFetcher(downloader, downloads: downloads.path)
        let record = try await ArchiveInstall(fetcher, source, limits: limits)
            .run(at: destination) { display.tell($0) }
        Output.diagnose("verification: \(record.verification), sha256:\(record.archiveDigest)")
    }
}

/// The folder that is to be made is there already.
struct DestinationThere: Explained {
    let path: String
    var explanation: Explanation {
        Explanation(
            "is there already, and is left as it is", at: path, hint: "name another folder, or move this one away")
    }
}
