// One opening of a file: reading, writing, its position. It knows nothing about names and sharing
// (FileService.cs) or about handles. All of it completes at once.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>The bytes behind a FILE_OBJECT of a file.</summary>
internal sealed class FileBody(FileService service, FileNode node) : IDisposable
{
    // A span is no longer.
    private const uint LengthMax = int.MaxValue;

    public FileNode Node => node;

    /// <summary>The opening that this is the body of; set when both are made.</summary>
    public OpenFile? Opening { get; set; }

    /// <summary>Where the next enumeration of a folder goes on.</summary>
    public (IReadOnlyList<Ports.FileFacts> Entries, int Next)? Enumeration { get; set; }

    private ref long Position => ref Opening!.Pointer.Value.CurrentByteOffset.QuadPart;

    /// <summary>Reads; null for the file's own position.</summary>
    /// <remarks>Errors: STATUS_END_OF_FILE; STATUS_INVALID_DEVICE_REQUEST for a folder.</remarks>
    public IoOutcome Read(Executive executive, IoBuffer buffer, long? offset)
    {
        if (node.Contents is not { } contents)
            return new IoOutcome(NTSTATUS.STATUS_INVALID_DEVICE_REQUEST, 0);
        var from = offset ?? Position;
        if (from < 0)
            return new IoOutcome(NTSTATUS.STATUS_INVALID_PARAMETER, 0);
        if (buffer.LengthBytes > LengthMax)
            return new IoOutcome(NTSTATUS.STATUS_INSUFFICIENT_RESOURCES, 0);
        ProbeRoutines.RequireAccess(executive, buffer.Address, buffer.LengthBytes, isWrite: true);
        // What lies behind the end is not asked for: a system refuses offsets that no file has.
        var available = Math.Clamp(contents.LengthBytes - from, 0, buffer.LengthBytes);
        var count = available == 0 ? 0
            : contents.Read(from, GuestMemory.Span(buffer.Address, (int)available));
        if (Opening!.IsSynchronous)
            Position = from + count;
        var isAtEnd = count == 0 && buffer.LengthBytes != 0;
        return new IoOutcome(
            isAtEnd ? NTSTATUS.STATUS_END_OF_FILE : NTSTATUS.STATUS_SUCCESS, (nuint)count);
    }

    /// <summary>Writes; null for the file's own position.</summary>
    public IoOutcome Write(Executive executive, IoBuffer buffer, long? offset, bool isAppending)
    {
        if (node.Contents is not { } contents)
            return new IoOutcome(NTSTATUS.STATUS_INVALID_DEVICE_REQUEST, 0);
        var from = isAppending || !Opening!.Allows(FILE_WRITE_DATA)
            ? contents.LengthBytes : offset ?? Position;
        if (from < 0 || from > long.MaxValue - buffer.LengthBytes)
            return new IoOutcome(NTSTATUS.STATUS_INVALID_PARAMETER, 0);
        if (buffer.LengthBytes > LengthMax)
            return new IoOutcome(NTSTATUS.STATUS_INSUFFICIENT_RESOURCES, 0);
        ProbeRoutines.RequireAccess(executive, buffer.Address, buffer.LengthBytes, isWrite: false);
        var status = contents.Write(from, GuestMemory.Span(buffer.Address, (int)buffer.LengthBytes));
        if (!status.IsSuccess())
            return new IoOutcome(status, 0);
        if (Opening!.IsSynchronous)
            Position = from + buffer.LengthBytes;
        return new IoOutcome(NTSTATUS.STATUS_SUCCESS, buffer.LengthBytes);
    }

    public void OnHandlesClosed() => service.OnHandlesClosed(this);

    public void Dispose() => service.OnHandlesClosed(this);
}
