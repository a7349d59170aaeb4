// The one declaration of an exported routine. OpenWsk.Generators turns it into the export-table entry, the
// unmanaged entry, the trace event, the IRQL check and the compatibility row. Next: Routine.cs.
namespace OpenWsk.Kernel;

/// <summary>How much of a routine is there.</summary>
public enum SupportLevel
{
    /// <summary>Everything its documentation says that can be seen from a driver in user mode.</summary>
    Full,

    /// <summary>A stated part; the note says which.</summary>
    Partial,

    /// <summary>Only the name: a call stops the driver, or fails as the note says.</summary>
    Stub,
}

/// <summary>What a call means to the scheduler of a deterministic world.</summary>
public enum CallClass
{
    /// <summary>Touches nothing that another thread can see: no scheduling point.</summary>
    Local,

    /// <summary>Touches shared state: a scheduling point before the call.</summary>
    Shared,

    /// <summary>May park the thread.</summary>
    Blocking,
}

/// <summary>
/// Marks a static method as a routine that drivers call. The first parameter is the Executive, or a type with
/// a static <c>From(Executive)</c>; the others are the routine's own: integers, enums, GuestPtr, nuint, and a
/// trailing VaList for variadic routines.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ExportAttribute(string library, SupportLevel support) : Attribute
{
    /// <summary>The file that exports it, or one of <see cref="Libraries"/>.</summary>
    public string Library { get; } = library;

    public SupportLevel Support { get; } = support;

    /// <summary>The exported name; the method's name when null.</summary>
    public string? Name { get; set; }

    /// <summary>The highest IRQL at which it may be called.</summary>
    public byte MaxIrql { get; set; } = Irql.High;

    /// <summary>The rule that a call above MaxIrql breaks; null when only the page says it.</summary>
    public string? IrqlRule { get; set; }

    public CallClass Class { get; set; } = CallClass.Shared;

    /// <summary>What is missing, or what differs.</summary>
    public string? Note { get; set; }
}

/// <summary>Where routines live.</summary>
public static class Libraries
{
    public const string Ntoskrnl = "ntoskrnl.exe";
    public const string Netio = "NETIO.SYS";

    /// <summary>BCrypt; drivers that link with ksecdd.lib import the same routines from ksecdd.sys.</summary>
    public const string Cng = "cng.sys";

    /// <summary>Members of the WSK dispatch tables, which no image exports.</summary>
    public const string Wsk = "wsk";

    /// <summary>Our own routines that guest memory points to, such as cancel routines.</summary>
    public const string Internal = "openwsk";
}

/// <summary>
/// The variable arguments of a call: 8-byte slots, as the Microsoft x64 convention lays them out.
/// </summary>
public struct VaList(nuint address)
{
    /// <summary>Address of the next slot.</summary>
    public nuint Address { get; private set; } = address;

    /// <summary>
    /// Takes the next argument as the 64 bits of its slot; narrower types use the low bits.
    /// </summary>
    public ulong Next()
    {
        var value = Abi.GuestMemory.Read<ulong>(Address);
        Address += 8;
        return value;
    }
}
