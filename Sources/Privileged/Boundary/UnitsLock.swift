internal import Glibc
import Platform

/// Held while a unit's file and its drop-ins are looked at and changed, by whichever helper: what was found holds until it is
/// acted on.
final class UnitsLock: Sendable {
    private let file: Descriptor

    private init(_ file: consuming Descriptor) { self.file = file }

    /// Takes it for a request that needs it.
    static func take(for request: PrivilegedRequest) async throws(PrivilegedError) -> UnitsLock? {
        guard request.changesUnitFiles else { return nil }
        return try await asRequest(beneath: [ClosedDoor.units]) { () throws(SystemCallError) in
            try Folders.make(ClosedDoor.units)
            // Closed to others: whoever can open it could hold it.
            let path = "\(ClosedDoor.units)/.lock"
            let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            try file.lock(path: path)
            return UnitsLock(file)
        }
    }
}

extension PrivilegedRequest {
    fileprivate var changesUnitFiles: Bool {
        switch self {
        case .replaceFile(let path, _, _, _), .removeFile(let path, _): path.hasFirstBytes("\(RootFile.unitFolder)/")
        case .removeUnit, .maskUnit, .unmaskUnit: true
        default: false
        }
    }
}
