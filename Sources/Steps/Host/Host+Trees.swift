import Bundles
import Engine
import Platform

extension Host {
    /// Fails when a folder of an installed tree is somebody else's, and so could not be put right by this user.
    func refuseForeignFolders(_ record: InstallRecord?, in folder: String) async throws(StepFailure) {
        let owner = owner
        let foreign = try await onDisk { () throws(SystemCallError) -> String? in
            if let record { return try record.foreignFolder(in: folder, owner: owner) }
            return try FileStatus.of(folder).flatMap { $0.kind == .folder && $0.owner != owner ? folder : nil }
        }
        if let foreign { throw StepFailure(Placement.foreign(foreign, owner)) }
    }
}
