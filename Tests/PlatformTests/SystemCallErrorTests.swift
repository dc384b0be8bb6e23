import Glibc
import Platform
import Testing

@Suite struct SystemCallErrorTests {
    @Test(arguments: [
        ("/srv/bundles/tools/.staging-7/content/lib/a.js", "/srv/bundles/tools"),
        ("/srv/data/x.bin", "/srv/data/x.bin"),
        ("/.hidden/x", "/.hidden/x"), ("pipe", "pipe"),
    ])
    func `a full disk's hint names a folder that is still there when somebody looks`(path: String, shown: String) {
        let hint = SystemCallError("write", path, code: ENOSPC).explanation.hint
        #expect(hint == "free space on that file system (df -h \(shown)), then run again")
    }
}
