import Bundles
import Engine
import HostConfig
import JSON
import Platform
import Transfer

/// Which exact version a major one of Node stands for on a host.
///
/// What was installed for it stays it, so that a run changes nothing because somebody published something; else it is the
/// newest that the mirror's index has for the host's processor. The index is that of https://nodejs.org/dist/index.json.
enum NodeReleases {
    /// The version to install; nil when the config names none.
    static func settled(_ host: Host) async throws(StepFailure) -> NodeVersion? {
        guard let settings = host.configuration.node else { return nil }
        let number =
            switch settings.version {
            case .exact(let number): number
            case .newest(let major): try await newest(major, settings, host)
            }
        return NodeVersion(number: number, home: host.account.home)
    }

    private static func newest(
        _ major: String, _ settings: HostConfig.NodeRuntime, _ host: Host
    ) async throws(StepFailure) -> String {
        if let known = newest(of: await installed(host), major) { return known }
        // It is not installed, and which one it would be is nothing that the host could tell.
        if host.inspection.isOffline { return major }
        let index = try await published(settings.mirrorURL, host.architecture.nodeName, host.downloader)
        if let number = newest(of: index, major) { return number }
        throw StepFailure(
            Explanation(
                "has no Node \(major) for linux-\(host.architecture.nodeName)", at: indexAddress(settings.mirrorURL),
                hint: "name one in node_version that the mirror has, or another mirror in node.mirror_url"))
    }

    /// The versions that this host has, or was about to have, by the receipt and, when that was lost, by what was unpacked.
    private static func installed(_ host: Host) async -> [String] {
        let versions = NodeVersion(number: "", home: host.account.home).folder
        let owned = host.pastPossessions.compactMap { thing in
            thing.kind == .tree && thing.name.hasFirstBytes(versions)
                ? String(Substring(thing.name.utf8.dropFirst(versions.utf8.count))) : nil
        }
        let folder = host.layout.records
        let records = await onOwnThread { () throws(Never) in (try? Folders.names(in: folder)) ?? [] }
        return owned
            + records.filter { $0.hasFirstBytes("node-v") && $0.hasSuffix(".json") }.map {
                String(Substring($0.utf8.dropFirst(6).dropLast(5)))
            }
    }

    /// The newest of some whole version numbers that has this first part.
    static func newest(of numbers: [String], _ major: String) -> String? {
        let exact = numbers.compactMap { text in
            if case .exact(let number) = HostConfig.NodeRuntime.version(text) { number } else { nil }
        }
        return exact.filter { $0.hasFirstBytes("\(major).") }.max { VersionOrder($0) < VersionOrder($1) }
    }

    // MARK: The mirror

    /// What is needed of an entry of the index.
    private struct Release: Decodable, Sendable {
        let version: String
        /// What there is of it, such as `linux-x64`, `linux-arm64`, `headers`.
        let files: [String]
    }

    private static let asked = AskedOnce<String, Result<[Release], StepFailure>>()

    private static func indexAddress(_ mirror: WebAddress) -> String { "\(mirror.text)/index.json" }

    /// The numbers of all releases for a processor, which is named as nodejs.org names it.
    private static func published(
        _ mirror: WebAddress, _ processor: String, _ downloader: Downloader
    ) async throws(StepFailure) -> [String] {
        let address = indexAddress(mirror)
        let result = await asked.answer(address) { await read(address, downloader) }
        return try result.get().filter { $0.files.contains("linux-\(processor)") }.map(\.version)
    }

    private static func read(_ address: String, _ downloader: Downloader) async -> Result<[Release], StepFailure> {
        do throws(TransferError) {
            // 340 kB in 2026, of 880 releases.
            let bytes = try await downloader.bytes(try SourceURL(address), limit: 4 << 20)
            do throws(JSONError) { return .success(try [Release](json: bytes)) } catch {
                return .failure(
                    StepFailure(
                        Explanation(
                            "is no index of Node's releases: \(error.explanation.summary)", at: address,
                            hint: "node.mirror_url names a folder laid out as https://nodejs.org/dist is")))
            }
        } catch {
            return .failure(StepFailure(error))
        }
    }
}
