// The bytes of an open file behind its FILE_OBJECT. It knows nothing about names; see FileService.cs.
namespace OpenWsk.Kernel;

/// <summary>An open file of a file system.</summary>
internal sealed class FileBody : IDisposable
{
    public void OnHandlesClosed()
    {
    }

    public void Dispose()
    {
    }
}
