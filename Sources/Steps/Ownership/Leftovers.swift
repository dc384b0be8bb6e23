import Bundles
import Engine
import HostConfig
import Platform

/// Temporary files of runs that were killed, and what nobody reads any more.
///
/// Only the holder of the run's lock may call this: nobody else writes here.
enum Leftovers {
    /// Removes what was being unpacked, what file replacement left in the folders of the layout, what a killed stub
    /// left behind an hour ago, and what a host fetched that looks at itself no more.
    ///
    /// Blocks. Returns where it could not, which keeps no other place from being cleaned.
    static func remove(_ host: Host) -> [SystemCallError] {
        var work = Work()
        if let places = work.attempt({ () throws(SystemCallError) in try WorkPlaces(of: host) }) {
            for prefix in places.prefixes { work.sweep(prefix) }
            work.attempt { () throws(SystemCallError) in try places.note() }
        }
        if host.configuration.schedule == nil {
            work.attempt { () throws(SystemCallError) in try Folders.removeTree(host.layout.pull) }
        }
        if host.configuration.agentHere == nil {
            for path in AgentPlace(host.layout).ofUpdates {
                work.attempt { () throws(SystemCallError) in try Files.remove(path) }
            }
        }
        let places = host.store.ownPlaces + (host.past.map(bundles) ?? [])
        return work.troubles + remove(host.layout, bundles: places, home: host.account.home)
    }

    /// The same on a host whose config is gone.
    static func removeAll(_ layout: HostLayout, _ receipt: Receipt, home: String) -> [SystemCallError] {
        var work = Work()
        for prefix in work.attempt({ () throws(SystemCallError) in try WorkPlaces.known(layout) }) ?? [] {
            work.sweep(prefix)
        }
        return work.troubles + remove(layout, bundles: bundles(receipt), home: home)
    }

    private static func bundles(_ receipt: Receipt) -> [String] { receipt.bundleFolders.values.flatMap { $0 } }

    /// `bundles` are the folders of bundles as far as they do not lie beneath the layout's own.
    private static func remove(_ layout: HostLayout, bundles: [String], home: String) -> [SystemCallError] {
        var work = Work()
        var folders = layout.folders.map(\.path) + [layout.records, layout.secrets, "\(home)/.nvm/alias"]
        work.sweep(BundleStore(root: layout.bundles).discardPrefix)
        for folder in Set(work.names(in: layout.bundles).map { "\(layout.bundles)/\($0)" } + bundles) {
            work.sweep(BundleStore.workPrefix(in: folder))
            folders += [folder, BundleStore.records(in: folder)]
        }
        for folder in folders {
            for name in work.names(in: folder) where Files.isTemporary(name) { work.remove("\(folder)/\(name)") }
        }
        let hourAgo = (Timestamp.now().milliseconds - 3_600_000) * 1_000_000
        for folder in [layout.bin, layout.bootstrap] {
            for name in work.names(in: folder) where isStubs(name) {
                work.remove("\(folder)/\(name)", ifOlderThan: hourAgo)
            }
        }
        return work.troubles
    }

    /// Removes downloads that nobody goes on with: all that the config asks for is there.
    ///
    /// Blocks. A run that was killed between an installation and the removal of its archive leaves one.
    static func removeDownloads(_ layout: HostLayout) -> [SystemCallError] {
        var work = Work()
        for name in work.names(in: layout.downloads) { work.remove("\(layout.downloads)/\(name)") }
        return work.troubles
    }

    /// One thing after the other, whatever became of those before.
    private struct Work {
        var troubles: [SystemCallError] = []

        @discardableResult
        mutating func attempt<Value>(_ body: () throws(SystemCallError) -> Value) -> Value? {
            do throws(SystemCallError) { return try body() } catch {
                troubles.append(error)
                return nil
            }
        }

        mutating func names(in folder: String) -> [String] {
            attempt { () throws(SystemCallError) in try Folders.names(in: folder) } ?? []
        }

        mutating func sweep(_ prefix: String) {
            attempt { () throws(SystemCallError) in try WorkFolder.sweep(prefix: prefix) }
        }

        /// `time` is in nanoseconds since 1970.
        mutating func remove(_ path: String, ifOlderThan time: Int64 = .max) {
            attempt { () throws(SystemCallError) in
                if let status = try FileStatus.of(path), status.modified < time { try Files.remove(path) }
            }
        }
    }

    private static func isStubs(_ name: String) -> Bool {
        ["host-bootstrap.", "bootstrap-config.json."].contains { prefix in
            name.hasPrefix(prefix) && name.dropFirst(prefix.count).isDecimal
        }
    }
}
