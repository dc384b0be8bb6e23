import Bundles
import Engine
internal import Glibc
import Platform
import Privileged
import Systemd

/// Takes away what is owned, each kind in its way; who calls it has looked whether it may go.
struct Remover: Sendable {
    let helper: PrivilegedHelper
    let store: BundleStore
    /// The bootstrap user's name.
    let user: String
    /// Units that may use a file system which is unmounted.
    let services: [UnitName]

    /// Takes units, masks, files, links, trees and bundles away, and a folder that is empty.
    func remove(_ owned: OwnedThing) async throws(StepFailure) {
        let thing = try await onDisk { () throws(SystemCallError) in try OwnedState.asItLies(owned) }
        switch thing.kind {
        case .unit: try await removeUnit(thing)
        case .mask: try await unmask(thing)
        case .file:
            try await removeFile(thing)
            if let place = UnitPlace(ofDropIn: thing.name) { try await forget(thing.name, of: place) }
        case .link: try await onDisk { () throws(SystemCallError) in try Self.removeOwn(thing.name) }
        case .folder: try await removeFolder(thing.name)
        case .tree: try await removeTree(thing)
        case .bundle: try await removeBundle(thing)
        case .image:
            try await asRoot { () throws(PrivilegedError) in
                try await helper.removeImage(thing.name, label: thing.content ?? "")
            }
        case .data: try await removeData(thing.name)
        case .package: try await purge([thing.name]) { _ in }
        case .setting: try await restore(thing)
        case .account:
            guard let facet = AccountFacet(thing.name) else { return }
            try await asRoot { () throws(PrivilegedError) in try await helper.remove(facet) }
        // It is gone already, or never goes.
        case .absence, .disk: return
        case .swap: try await asRoot { () throws(PrivilegedError) in try await helper.removeSwapFile() }
        }
    }

    /// Removes packages together, so that none is kept by another of them.
    func purge(_ names: [String], _ progress: @escaping @Sendable (String) -> Void) async throws(StepFailure) {
        try await byApt("apt-get purge \(names.joined(separator: " "))") { () throws(PrivilegedError) in
            try await helper.purgePackages(names, lockTimeoutSeconds: 300, onProgress: progress)
        }
    }

    /// Work of apt's, which a person would type like this; its failure is told in its words.
    func byApt(
        _ command: String, _ work: () async throws(PrivilegedError) -> CommandResult
    ) async throws(StepFailure) {
        let result = try await asRoot(work)
        guard !result.succeeded else { return }
        throw StepFailure(AptFailure(result).explanation(result, of: command))
    }

    // MARK: Kinds

    private func removeUnit(_ thing: OwnedThing) async throws(StepFailure) {
        let place = try place(thing), unit = place.unit
        if unit.suffix == ".mount" {
            // What is used cannot be unmounted; the services' own steps start them again.
            for service in services where try await unitState(service).active != "inactive" {
                try await asRoot { () throws(PrivilegedError) in try await helper.stop(service) }
            }
        }
        try await place.scope.commanded(by: helper).remove(unit, digest: thing.content ?? "")
    }

    /// Of a drop-in that is gone; where the user's own systemd does not run, there is none that had read it.
    private func forget(_ dropIn: String, of place: UnitPlace) async throws(StepFailure) {
        let manager = place.scope.commanded(by: helper)
        if place.scope != .system {
            try await onDisk { () throws(SystemCallError) in try Folders.removeIfEmpty(Files.folder(of: dropIn)) }
        }
        try await manager.reload()
    }

    private func unmask(_ thing: OwnedThing) async throws(StepFailure) {
        let place = try place(thing), manager = place.scope.commanded(by: helper)
        try await manager.unmask(place.unit, restoringFile: true)
        try await manager.reload()
    }

    private func place(_ thing: OwnedThing) throws(StepFailure) -> UnitPlace {
        guard let place = UnitPlace(thing.name) else { throw StepFailure(SystemdError.badName(thing.name)) }
        return place
    }

    private func removeFile(_ thing: OwnedThing) async throws(StepFailure) {
        let isRoots = try await isRefused { () throws(SystemCallError) in try Self.removeOwn(thing.name) }
        guard isRoots else { return }
        try await asRoot { () throws(PrivilegedError) in
            try await helper.removeFile(thing.name, digest: thing.content ?? "")
        }
    }

    private func removeFolder(_ path: String) async throws(StepFailure) {
        let isRoots = try await isRefused { () throws(SystemCallError) in try Folders.removeIfEmpty(path) }
        guard isRoots else { return }
        try await asRoot { () throws(PrivilegedError) in try await helper.removeFolder(path) }
    }

    private func removeTree(_ thing: OwnedThing) async throws(StepFailure) {
        try await onDisk { () throws(SystemCallError) in
            guard let path = thing.content else { return }
            if let record = InstallRecord.read(path), !OwnedState.isShared(thing.name, record) {
                try WorkFolder.discard(thing.name, prefix: ArchiveInstall.stagingPrefix(beside: thing.name))
                return try InstallRecord.remove(path)
            }
            try InstallRecord.removeInstalled(from: thing.name, record: path)
        }
    }

    private func removeBundle(_ thing: OwnedThing) async throws(StepFailure) {
        let store = store
        try await onDisk { () throws(SystemCallError) in try store.remove(in: thing.name) }
        if thing.content == nil { try await removeFolder(thing.name) }
    }

    private func removeData(_ path: String) async throws(StepFailure) {
        let isRoots = try await isRefused { () throws(SystemCallError) in
            try Folders.removeTree(path)
            try Files.synchronizeFolder(Files.folder(of: path))
        }
        guard isRoots else { return }
        try await asRoot { () throws(PrivilegedError) in try await helper.removeData(path, owner: user) }
    }

    private static func removeOwn(_ path: String) throws(SystemCallError) {
        try Files.remove(path)
        try Files.synchronizeFolder(Files.folder(of: path))
    }

    /// Only root may do it.
    private func isRefused(
        _ body: @escaping @Sendable () throws(SystemCallError) -> Void
    ) async throws(StepFailure) -> Bool {
        try await onDisk { () throws(SystemCallError) in
            do throws(SystemCallError) { try body() } catch {
                guard [EACCES, EPERM, EROFS].contains(error.code) else { throw error }
                return true
            }
            return false
        }
    }
}
