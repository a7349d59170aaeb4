// One opening of a device or of a file: the FILE_OBJECT in guest memory and what belongs to it. Its last
// handle sends IRP_MJ_CLEANUP, its last reference IRP_MJ_CLOSE; every request under way holds a reference.
// It knows nothing about how requests are made: see IoService.cs. A file's bytes are ../Files/.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>The managed part of a FILE_OBJECT.</summary>
public sealed class OpenFile : IObjectBody
{
    private const int FileBytes = 0xD8;
    private const uint FoSynchronousIo = 0x2;
    private const uint FoHandleCreated = 0x40000;
    private readonly Executive _executive;
    private readonly nuint _name;

    internal OpenFile(Executive executive, in FileOpening opening, nuint device, string name)
    {
        _executive = executive;
        Opening = opening;
        Access = AccessRights.OfFile(opening.DesiredAccess);
        IsSynchronous = (opening.Options
            & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)) != 0;
        Pointer = new GuestPtr<FILE_OBJECT>(executive.Objects.Create(ObjectKind.File, FileBytes, this));
        _name = executive.Heap.Allocate(2 * (name.Length + 1));
        name.CopyToGuest(GuestMemory.Chars(_name, name.Length));
        Fill(device, name.Length);
    }

    /// <summary>The FILE_OBJECT.</summary>
    public GuestPtr<FILE_OBJECT> Pointer { get; }

    /// <summary>How it was opened.</summary>
    public FileOpening Opening { get; }

    /// <summary>What the opener may do: FILE_READ_DATA and so on, no generic rights.</summary>
    public uint Access { get; }

    /// <summary>Whether every request waits until it has completed.</summary>
    public bool IsSynchronous { get; }

    /// <summary>The device that was named; its stack's top gets the requests. NULL for a file.</summary>
    public GuestPtr<DEVICE_OBJECT> Device => Pointer.Value.DeviceObject;

    /// <summary>The bytes of a file; null for a device.</summary>
    internal FileBody? File { get; init; }

    /// <summary>Whether CREATE has succeeded, so that CLEANUP and CLOSE have to follow.</summary>
    internal bool IsCreated { get; set; }

    /// <summary>Whether CLEANUP was sent.</summary>
    internal bool IsCleanedUp { get; private set; }

    /// <summary>Whether the opener may do everything that the mask names.</summary>
    public bool Allows(uint access) => (Access & access) == access;

    /// <summary>Sends IRP_MJ_CLEANUP, once.</summary>
    public void OnHandlesClosed()
    {
        if (!IsCreated || IsCleanedUp)
            return;
        IsCleanedUp = true;
        if (File is null)
            _executive.Io.Cleanup(this);
        else
            File.OnHandlesClosed();
    }

    /// <summary>Sends IRP_MJ_CLOSE, later when the calling thread may not.</summary>
    public bool OnUnreferenced()
    {
        File?.Dispose();
        if (!IsCreated || File is not null)
        {
            _executive.Heap.TryFree(_name);
            return true;
        }
        if (_executive.CurrentThread.Irql == Irql.Passive)
        {
            Close();
            return true;
        }
        _executive.Io.CloseLater(() =>
        {
            Close();
            _executive.Heap.TryFree(Pointer.Address);
        });
        return false;
    }

    private void Close()
    {
        _executive.Io.Close(this);
        _executive.Heap.TryFree(_name);
    }

    private void Fill(nuint device, int nameChars)
    {
        ref var f = ref Pointer.Value;
        f.Type = IO_TYPE_FILE;
        f.Size = FileBytes;
        f.DeviceObject = new GuestPtr<DEVICE_OBJECT>(device);
        f.ReadAccess = Flag(FILE_READ_DATA);
        f.WriteAccess = Flag(FILE_WRITE_DATA | FILE_APPEND_DATA);
        f.SharedRead = (byte)(Opening.ShareAccess & FILE_SHARE_READ);
        f.SharedWrite = (byte)((Opening.ShareAccess & FILE_SHARE_WRITE) >> 1);
        f.SharedDelete = (byte)((Opening.ShareAccess & FILE_SHARE_DELETE) >> 2);
        f.Flags = FoHandleCreated | (IsSynchronous ? FoSynchronousIo : 0);
        f.FileName = new UNICODE_STRING
        {
            Length = (ushort)(2 * nameChars),
            MaximumLength = (ushort)(2 * (nameChars + 1)),
            Buffer = _name,
        };
        DispatcherObject.Initialize<KEVENT>(
            Pointer.Address + 0x80, KOBJECTS.EventSynchronizationObject, 1);
        DispatcherObject.Initialize<KEVENT>(Pointer.Address + 0x98, KOBJECTS.EventNotificationObject, 0);
        var list = new GuestPtr<LIST_ENTRY>(Pointer.Address + 0xC0);
        (list.Value.Flink, list.Value.Blink) = (list, list);
    }

    private byte Flag(uint access) => (byte)((Access & access) != 0 ? 1 : 0);
}
