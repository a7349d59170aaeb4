// The object services of the executive, and the object-type variables that drivers import.
// It knows nothing about single objects. Next: ObjectTable.cs, HandleTable.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    // Each exported variable is a pointer to an OBJECT_TYPE, of which drivers see nothing but the address.
    private const int ObjectTypeBytes = 0x100;
    private readonly Dictionary<ObjectKind, nuint> _objectTypes = [];
    private NamedObjects? _namedObjects;

    public ObjectTable Objects { get; private set; }

    public HandleTable Handles { get; private set; }

    /// <summary>Events and sections by name.</summary>
    public NamedObjects NamedObjects =>
        _namedObjects ?? Interlocked.CompareExchange(ref _namedObjects, new NamedObjects(this), null)
            ?? _namedObjects;

    /// <summary>Address of the OBJECT_TYPE of a kind.</summary>
    public nuint ObjectTypeOf(ObjectKind kind) => _objectTypes[kind];

    private void InitializeObjectTypes()
    {
        AddObjectType(ObjectKind.Thread, "PsThreadType");
        AddObjectType(ObjectKind.Process, "PsProcessType");
        AddObjectType(ObjectKind.Event, "ExEventObjectType");
        AddObjectType(ObjectKind.Key, "CmKeyObjectType");
        AddObjectType(ObjectKind.File, "IoFileObjectType");
        AddObjectType(ObjectKind.Device, "IoDeviceObjectType");
        AddObjectType(ObjectKind.Driver, "IoDriverObjectType");
        AddObjectType(ObjectKind.Section, "MmSectionObjectType");
    }

    private void AddObjectType(ObjectKind kind, string variable)
    {
        var type = Heap.Allocate(ObjectTypeBytes);
        _objectTypes[kind] = type;
        AddPointerVariable(variable, type);
    }

    private void AddPointerVariable(string name, nuint value)
    {
        var cell = Heap.Allocate(sizeof(ulong));
        GuestMemory.Write(cell, value);
        Routines.AddVariable(Libraries.Ntoskrnl, name, () => cell);
    }
}
