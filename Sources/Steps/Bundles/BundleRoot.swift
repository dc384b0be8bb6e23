import Engine
import HostConfig
import Platform

/// A bundle's folder that the config names, in the place of the one beneath `bundles`.
struct BundleRoot: Sendable {
    let path: String
    /// The folder that it lies beneath, whose owner is no matter: the bootstrap root, /opt or /srv.
    private let top: String

    /// Nil when the config names none.
    init?(_ bundle: BundleSource, _ layout: HostLayout) {
        guard let root = bundle.root,
            let top = [layout.root, "/opt", "/srv"].first(where: { root.hasFirstBytes("\($0)/") })
        else { return nil }
        (path, self.top) = (root, top)
    }

    /// The folders between the two, the outermost first.
    var above: [String] { Ownership.folders(above: path).filter { $0.hasFirstBytes("\(top)/") } }

    /// Why it cannot be the bootstrap user's folder; nil when it is that, or can be made.
    func obstacle(_ host: Host) async throws(StepFailure) -> Explanation? {
        let (folders, owner) = (above + [path], host.owner)
        let found = try await onDisk { () throws(SystemCallError) -> (path: String, status: FileStatus)? in
            var last: (path: String, status: FileStatus)?
            for folder in folders {
                guard let status = try FileStatus.of(folder) else { break }
                last = (folder, status)
                if status.kind != .folder { break }
            }
            return last
        }
        guard let (folder, status) = found else { return nil }
        guard status.kind == .folder else {
            return Explanation(
                "is a \(status.kind.rawValue), and no bundle's root is reached through one", at: folder,
                hint: "name the folder itself in \"root\", or move what is there away")
        }
        guard status.owner != owner else { return nil }
        var name: String?
        do throws(SystemCallError) { name = try await Account.lookUp("\(status.owner)")?.name } catch {
            throw StepFailure(error)
        }
        let user = host.account.name
        return Explanation(
            "belongs to \(name ?? "the user \(status.owner)"), and a bundle's root is \(user)'s", at: folder,
            hint:
                "name another \"root\"; or, if it may be given away: sudo install -d -o \(ShellWord.plain(user)) \(ShellWord.plain(path))"
        )
    }
}
