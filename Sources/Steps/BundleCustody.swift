import Bundles
import Engine
import HostConfig
import Platform
import Privileged

/// Whose the files of a bundle are to be, when they are not the bootstrap user's.
struct TreeOwner: Sendable {
    let name: String
    /// Nil as long as there is no such user.
    let number: UInt32?
}

extension Host {
    /// The user that the config names as the owner of a bundle's files; nil: the bootstrap user.
    func ownerName(of bundle: BundleSource) -> String? { bundle.owner.flatMap { $0 == account.name ? nil : $0 } }

    /// The same, looked up.
    func treeOwner(of bundle: BundleSource) async throws(StepFailure) -> TreeOwner? {
        guard let name = ownerName(of: bundle) else { return nil }
        do throws(SystemCallError) { return TreeOwner(name: name, number: try await Account.lookUp(name)?.user) } catch
        {
            throw StepFailure(error)
        }
    }

    /// How a bundle's versions go to their owner and back.
    func custody(of bundle: BundleSource) -> TreeCustody {
        let (custody, store, name, owner) = (BundleCustody(self), store, bundle.name, ownerName(of: bundle))
        return TreeCustody { folder throws(BundleError) in
            guard let owner else { return }
            do throws(StepFailure) {
                try await onDisk { () throws(SystemCallError) in
                    try store.noteHanded(name, to: owner)
                    try BundleStore.shareWithGroup(folder)
                }
                try await custody.hand(folder, to: owner)
            } catch {
                throw .custody(error.explanation)
            }
        } takeBack: { folder throws(BundleError) in
            do throws(StepFailure) { try await custody.takeBack(folder, of: name, in: store) } catch {
                throw .custody(error.explanation)
            }
        }
    }
}

/// Has root hand the versions of bundles to their owners, and back to the bootstrap user, who keeps them.
struct BundleCustody: Sendable {
    let helper: PrivilegedHelper
    /// The bootstrap user's name.
    let keeper: String

    init(helper: PrivilegedHelper, keeper: String) { (self.helper, self.keeper) = (helper, keeper) }

    init(_ host: Host) { self.init(helper: host.helper, keeper: host.account.name) }

    func hand(_ folder: String, to user: String) async throws(StepFailure) {
        try await asRoot { () throws(PrivilegedError) in try await helper.hand(folder, to: user, keeper: keeper) }
    }

    /// Takes a version's folder back, if it was given away and is there.
    func takeBack(_ folder: String, of name: String, in store: BundleStore) async throws(StepFailure) {
        let isThere = try await onDisk { () throws(SystemCallError) in
            guard try store.isHanded(name) else { return false }
            return try FileStatus.of(folder)?.kind == .folder
        }
        if isThere { try await hand(folder, to: keeper) }
    }

    /// Takes all versions of a bundle back that are known.
    func takeBackAll(_ name: String, in store: BundleStore) async throws(StepFailure) {
        let versions = try await onDisk { () throws(SystemCallError) in
            try store.versions(name, archive: nil).map(\.version)
        }
        for version in versions { try await takeBack(store.folder(name, version), of: name, in: store) }
    }
}
