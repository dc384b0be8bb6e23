import Compression
import Confinement
import Glibc
import Platform
import Synchronization
import Testing

@testable import Archives

/// What the libraries that read archives could do if one of them were led astray: the closure stands for such code, since it is
/// called on the very threads.
@Suite(.enabled(if: FileReach.isEnforced && KernelSupport.hasSeccomp, "this kernel has not both"))
struct ConfinedUnpackingTests {
    @Test(arguments: Packing.allCases)
    func `the threads that unpack reach the folder they unpack into, and nothing else`(packing: Packing) async throws {
        let lines = #"folder("d"); file("d/a", b"x" * 100); file("big", b"y" * (1 << 20))"# + "\npack('\(packing)')"
        try await Workbench.with(lines) { bench in
            let attempts = Mutex<[[Int32]]>([])
            let (outside, inside) = ("\(bench.top)/outside", "\(bench.folder)/from-inside")
            try Unpacker(try GrowingFile.complete(bench.archive), name: bench.archive, into: bench.folder).run { _ in
                var codes: [Int32] = []
                codes.append(open("\(outside)/new", O_WRONLY | O_CREAT, 0o600) < 0 ? errno : 0)
                codes.append(open("\(outside)/kept", O_RDONLY) < 0 ? errno : 0)
                codes.append(rename("\(outside)/kept", inside) < 0 ? errno : 0)
                codes.append(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) < 0 ? errno : 0)
                attempts.withLock { [codes] in $0.append(codes) }
            }
            let found = attempts.withLock { Set($0) }
            // The kernels' versions differ in how they refuse a move.
            #expect(
                found == [[EACCES, EACCES, EXDEV, EPERM]] || found == [[EACCES, EACCES, EACCES, EPERM]], "\(found)")
        }
    }
}
