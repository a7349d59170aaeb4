// The built sample drivers that stand beside their sources are what the sources and headers give today,
// byte for byte. It knows nothing about running them. After a change to samples/ or include/ run
// samples/build.sh.
using OpenWsk.Abi.Tests.Layout;

namespace OpenWsk.Abi.Tests;

public sealed class SampleTests
{
    [SampleFact("clang-19", "lld-link-19", "llvm-dlltool-19")]
    public void Committed_samples_are_built_from_their_sources()
    {
        var output = Directory.CreateTempSubdirectory("openwsk-samples-").FullName;
        try {
            var (exitCode, words) = Toolchain.Run(
                "sh", [Repository.PathOf("samples/build.sh"), "--out", output]);
            Assert.True(exitCode == 0, words);
            var committed = Directory.EnumerateFiles(Repository.PathOf("samples"), "*.sys",
                    SearchOption.AllDirectories)
                .Where(path => !path.EndsWith(".mingw.sys", StringComparison.Ordinal))
                .ToDictionary(path => Path.GetFileName(path));
            var built = Directory.EnumerateFiles(output, "*.sys")
                .Select(path => Path.GetFileName(path)).ToList();
            Assert.Equal(built.Order(), committed.Keys.Order());
            foreach (var name in built) {
                Assert.True(
                    File.ReadAllBytes(committed[name]).AsSpan()
                        .SequenceEqual(File.ReadAllBytes(Path.Combine(output, name))),
                    $"{name} is older than its source: run samples/build.sh and commit what it wrote.");
            }
        } finally {
            Directory.Delete(output, recursive: true);
        }
    }

    [SampleFact("clang-19", "lld-link-19", "llvm-dlltool-19", "x86_64-w64-mingw32-gcc")]
    public void Samples_build_with_mingw_gcc()
    {
        var output = Directory.CreateTempSubdirectory("openwsk-samples-").FullName;
        try {
            var (exitCode, words) = Toolchain.Run(
                "sh", [Repository.PathOf("samples/build.sh"), "--out", output, "mingw"]);
            Assert.True(exitCode == 0, words);
            Assert.Equal(
                Directory.EnumerateDirectories(Repository.PathOf("samples"))
                    .Select(folder => Path.GetFileName(folder) + ".mingw.sys")
                    .Where(name => name != "common.mingw.sys").Order(),
                Directory.EnumerateFiles(output, "*.mingw.sys")
                    .Select(path => Path.GetFileName(path)).Order());
        } finally {
            Directory.Delete(output, recursive: true);
        }
    }

    /// <summary>Needs the versions that made the committed files; others give other bytes.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class SampleFactAttribute : FactAttribute
    {
        public SampleFactAttribute(params string[] tools)
        {
            Tools = tools;
            foreach (var tool in tools)
                if (Toolchain.FirstOnPath(tool) is null) Skip = $"{tool} is not on the path";
        }

        public string[] Tools { get; }
    }
}
