// The DRIVER_OBJECT of a loaded driver with what hangs on it: extension, names, registry path, module entry.
// It knows nothing about calling the driver; see LoadedDriver.cs. Layouts are OpenWsk.Abi's.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>The guest structures that describe one driver.</summary>
internal sealed class DriverObject
{
    private const short DriverType = 4;

    // KLDR_DATA_TABLE_ENTRY as debuggers document it for x64; drivers that look at it read these members.
    private const int ModuleBytes = 0xA0;
    private const int ModuleBase = 0x30;
    private const int ModuleEntryPoint = 0x38;
    private const int ModuleSize = 0x40;
    private const int ModuleFullName = 0x48;
    private const int ModuleName = 0x58;
    private readonly Executive _executive;
    private readonly GuestHeap _heap;
    private readonly GuestText _text;
    private readonly nuint _extension;
    private readonly nuint _hardware;
    private readonly nuint _registryPath;
    private readonly nuint _module;

    public unsafe DriverObject(Executive executive, MappedImage mapped, string serviceName)
    {
        _executive = executive;
        _heap = executive.Heap;
        _text = new GuestText(_heap);
        _extension = _heap.Allocate(sizeof(DRIVER_EXTENSION));
        _hardware = _heap.Allocate(sizeof(UNICODE_STRING));
        _registryPath = _heap.Allocate(sizeof(UNICODE_STRING));
        _module = MakeModule(mapped);
        Pointer = new GuestPtr<DRIVER_OBJECT>(
            executive.Objects.Create(ObjectKind.Driver, sizeof(DRIVER_OBJECT)));
        GuestMemory.Write(_hardware, _text.Make(@"\REGISTRY\MACHINE\HARDWARE\DESCRIPTION\SYSTEM"));
        GuestMemory.Write(_registryPath, _text.Make(RegistryPathOf(serviceName)));
        ref var extension = ref new GuestPtr<DRIVER_EXTENSION>(_extension).Value;
        extension.DriverObject = Pointer.Address;
        extension.ServiceKeyName = _text.Make(serviceName);
        Fill(executive, mapped, serviceName);
    }

    public GuestPtr<DRIVER_OBJECT> Pointer { get; }

    /// <summary>The UNICODE_STRING that DriverEntry receives.</summary>
    public nuint RegistryPath => _registryPath;

    public static string RegistryPathOf(string serviceName) =>
        $@"\Registry\Machine\System\CurrentControlSet\Services\{serviceName}";

    public void Free()
    {
        _executive.Io.ForgetDriver(Pointer.Address);
        _executive.Objects.Dereference(Pointer.Address);
        foreach (var block in (nuint[])[_extension, _hardware, _registryPath, _module])
            _heap.Free(block);
        _text.Free();
    }

    private unsafe void Fill(Executive executive, MappedImage mapped, string serviceName)
    {
        ref var driver = ref Pointer.Value;
        driver.Type = DriverType;
        driver.Size = (short)sizeof(DRIVER_OBJECT);
        driver.DriverStart = mapped.Start;
        driver.DriverSize = mapped.Image.SizeBytes;
        driver.DriverSection = _module;
        driver.DriverExtension = _extension;
        driver.DriverName = _text.Make($@"\Driver\{serviceName}");
        driver.HardwareDatabase = _hardware;
        driver.DriverInit = mapped.EntryPoint;
        var invalid = executive.Code.AddressOf(DriverRoutines.InvalidDeviceRequest);
        for (var i = 0; i < 28; i++)
            driver.MajorFunction[i] = invalid;
    }

    private nuint MakeModule(MappedImage mapped)
    {
        var module = _heap.Allocate(ModuleBytes);
        // A list of one: its links point to itself.
        GuestMemory.Write(module, module);
        GuestMemory.Write(module + 8, module);
        GuestMemory.Write(module + ModuleBase, mapped.Start);
        GuestMemory.Write(module + ModuleEntryPoint, mapped.EntryPoint);
        GuestMemory.Write(module + ModuleSize, mapped.Image.SizeBytes);
        GuestMemory.Write(
            module + ModuleFullName, _text.Make(@"\SystemRoot\System32\drivers\" + mapped.Image.Name));
        GuestMemory.Write(module + ModuleName, _text.Make(mapped.Image.Name));
        return module;
    }
}
