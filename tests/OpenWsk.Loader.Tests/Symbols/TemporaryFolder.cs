// A folder for one test, gone after it.
// It knows nothing about what is put there.
namespace OpenWsk.Loader.Tests;

/// <summary>A temporary folder.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("openwsk-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
