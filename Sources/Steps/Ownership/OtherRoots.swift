import Engine
import Platform

/// What this user provisioned on this host beneath other roots: it stays, is told, and is nobody else's to take away.
struct OtherRoots: Sendable {
    /// One of them, with its receipt.
    struct Other: Sendable {
        let layout: HostLayout
        let receipt: Receipt
        let owned: [OwnedThing]
    }

    /// Those that have a receipt.
    let all: [Other]

    /// Looks for them.
    ///
    /// Blocks. One whose receipt cannot be read is passed over: nothing can be said of it.
    static func look(besides layout: HostLayout, home: String) -> OtherRoots {
        let roots = (try? KnownRoot.all(home: home)) ?? []
        return OtherRoots(
            all: roots.filter { !$0.root.hasSameBytes(as: layout.root) }.compactMap { root in
                guard let receipt = (try? root.layout.readReceipt()) ?? nil else { return nil }
                return Other(layout: root.layout, receipt: receipt, owned: Orphans(all: receipt).things)
            })
    }

    /// The root whose receipt says that this thing is its own; nil when none does.
    func owner(of thing: OwnedThing) -> String? {
        all.first { $0.owned.contains { thing.isSame(as: $0) && $0.before == nil } }?.layout.root
    }
}
