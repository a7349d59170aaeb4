// A driver in memory: its DRIVER_OBJECT, its entry and its unload routine. Both are called on the calling
// thread, which should be one of the world's; on Windows it is a system thread at PASSIVE_LEVEL.
// It knows nothing about what the driver leaves behind: the executive's and the provider's counts tell that.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>A loaded driver.</summary>
public sealed class LoadedDriver : IDisposable
{
    private readonly Executive _executive;
    private readonly NativeCode _native;
    private readonly ImageMapper _mapper;
    private readonly MappedImage _mapped;
    private readonly DriverObject _object;
    private bool _isUnmapped;

    internal LoadedDriver(
        Executive executive, NativeCode native, ImageMapper mapper, MappedImage mapped, string serviceName)
    {
        _executive = executive;
        _native = native;
        _mapper = mapper;
        _mapped = mapped;
        _object = new DriverObject(executive, mapped, serviceName);
        ServiceName = serviceName;
    }

    public string ServiceName { get; }

    /// <summary>
    /// Whether the image is a library for other drivers: it has DllInitialize, which is called instead of
    /// DriverEntry, and DllUnload at its end.
    /// </summary>
    public bool IsLibrary => Image.Exports.Find("DllInitialize", null) is { Rva: not 0 };

    internal Action? OnUnmapping { get; init; }

    /// <summary>The file's contents.</summary>
    public DriverImage Image => _mapped.Image;

    /// <summary>Where the image lies in memory.</summary>
    public nuint ImageStart => _mapped.Start;

    /// <summary>The guest's DRIVER_OBJECT.</summary>
    public GuestPtr<DRIVER_OBJECT> Object => _object.Pointer;

    /// <summary>The driver's key, as its RegistryPath names it.</summary>
    public string RegistryPath => DriverObject.RegistryPathOf(ServiceName);

    /// <summary>Imports that nobody implements, with how often each was called.</summary>
    public IReadOnlyList<MissingImport> Missing => _mapped.Missing;

    /// <summary>Which of its instructions were replaced, and which are left to traps.</summary>
    public PatchPlan Patches => _mapped.Plan;

    /// <summary>Whether the driver can be unloaded: it has set DriverUnload.</summary>
    public bool HasUnload => IsLibrary
        ? Image.Exports.Find("DllUnload", null) is { Rva: not 0 }
        : Object.Value.DriverUnload != 0;

    /// <summary>Calls DriverEntry on the calling thread.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Errors: what DriverEntry returns; GuestStoppedException when the driver is
    /// stopped in it; ThreadTerminatedException when it ends its thread.
    /// </remarks>
    public NTSTATUS CallEntry()
    {
        var thread = _executive.CurrentThread;
        thread.IsInDriverEntry = true;
        NTSTATUS status;
        try
        {
            status = (NTSTATUS)(uint)(IsLibrary
                ? Call(ExportOf("DllInitialize"), "DllInitialize", [_object.RegistryPath])
                : Call(_mapped.EntryPoint, "DriverEntry", [Object.Address, _object.RegistryPath]));
        }
        finally
        {
            thread.IsInDriverEntry = false;
        }
        // The I/O manager clears it: initialisation is over.
        return _executive.FollowGuest(() =>
        {
            Object.Value.DriverInit = 0;
            if (!status.IsSuccess())
                return status;
            _native.Discard(_mapped);
            _executive.Io.OnDriverEntered(Object);
            return status;
        });
    }

    /// <summary>Calls DriverUnload on the calling thread; false when the driver has none.</summary>
    /// <remarks>IRQL: PASSIVE_LEVEL. Errors: as <see cref="CallEntry"/>.</remarks>
    public bool CallUnload() =>
        _executive.FollowGuest(() => IsLibrary ? CallLibraryUnload() : CallDriverUnload());

    private bool CallDriverUnload()
    {
        var unload = Object.Value.DriverUnload;
        if (unload == 0)
        {
            // A driver that cannot be unloaded stays until the machine goes down.
            _executive.Io.ShutDown(Object);
            return false;
        }
        _executive.Io.WaitForCloses();
        Call(unload, "DriverUnload", [Object.Address]);
        _executive.NotifyUnloaded(new GuestRange(Object.Value.DriverStart, Object.Value.DriverSize));
        return true;
    }

    /// <summary>
    /// Ends the driver as Windows does when DriverUnload has returned or DriverEntry has failed: what calls
    /// or runs its code from now on gets bug check 0xCE. Its memory stays until <see cref="TryUnmap"/>.
    /// </summary>
    public void Retire() => _native.Retire(_mapped);

    /// <summary>
    /// Unmaps the image; false when it stays, because a thread of the world is still in guest code. Calls
    /// into it are refused from now on in either case.
    /// </summary>
    public bool TryUnmap()
    {
        if (_isUnmapped)
            return true;
        // Divergence from Windows: there the image goes although a thread of the driver's is still in it, and
        // the thread's next instruction is a bug check.
        if (!_native.Remove(_mapped))
            return false;
        _isUnmapped = true;
        OnUnmapping?.Invoke();
        _mapper.Unmap(_mapped);
        if (!_executive.IsDisposed)
            FreeObject();
        return true;
    }

    /// <summary>
    /// Unmaps the image if nothing runs in it; otherwise it stays mapped for the life of the process.
    /// </summary>
    public void Dispose() => TryUnmap();

    // What the driver has made of its object's header or of what it names can be followed nowhere any more.
    private void FreeObject()
    {
        try
        {
            _executive.FollowGuest(() =>
            {
                _object.Free();
                return true;
            });
        }
        catch (GuestStoppedException)
        {
            // It has been reported; the rest of the object stays until the world ends.
        }
    }

    private bool CallLibraryUnload()
    {
        if (!HasUnload)
            return false;
        Call(ExportOf("DllUnload"), "DllUnload", []);
        _executive.NotifyUnloaded(new GuestRange(Object.Value.DriverStart, Object.Value.DriverSize));
        return true;
    }

    private nuint ExportOf(string name) => _mapped.Start + Image.Exports.Find(name, null)!.Rva;

    private ulong Call(nuint routine, string name, ReadOnlySpan<ulong> arguments)
    {
        var thread = _executive.CurrentThread;
        Invariant.That(thread.Irql == Irql.Passive);
        try
        {
            var result = _executive.Code.Call(routine, arguments);
            if (thread.Irql != Irql.Passive)
                _executive.Breach("IRQL", $"{name} of {Image.Name} returned at {Irql.Name(thread.Irql)}");
            return result;
        }
        finally
        {
            // The caller's own level, whatever the driver left and also when it was stopped on its way.
            thread.Irql = Irql.Passive;
        }
    }
}
