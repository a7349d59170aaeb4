// Structures of the run-time library at their x64 layout: versions, registry queries, tables, times.
// It knows nothing about the registry's contents or about what a table holds.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>One line of the table that RtlQueryRegistryValues works through. 56 bytes.</summary>
public struct RTL_QUERY_REGISTRY_TABLE
{
    public nuint QueryRoutine;
    public uint Flags;
    public nuint Name;
    public nuint EntryContext;
    public uint DefaultType;
    public nuint DefaultData;
    public uint DefaultLength;
}

/// <summary>Room for 128 UTF-16 units.</summary>
[InlineArray(128)]
public struct CsdVersion
{
    private char _first;
}

/// <summary>The version of the operating system. 276 bytes.</summary>
public struct RTL_OSVERSIONINFOW
{
    public uint dwOSVersionInfoSize;
    public uint dwMajorVersion;
    public uint dwMinorVersion;
    public uint dwBuildNumber;
    public uint dwPlatformId;
    public CsdVersion szCSDVersion;
}

/// <summary>The version of the operating system and its product. 284 bytes.</summary>
public struct RTL_OSVERSIONINFOEXW
{
    public uint dwOSVersionInfoSize;
    public uint dwMajorVersion;
    public uint dwMinorVersion;
    public uint dwBuildNumber;
    public uint dwPlatformId;
    public CsdVersion szCSDVersion;
    public ushort wServicePackMajor;
    public ushort wServicePackMinor;
    public ushort wSuiteMask;
    public byte wProductType;
    public byte wReserved;
}

/// <summary>A calendar time. 16 bytes.</summary>
public struct TIME_FIELDS
{
    public short Year;
    public short Month;
    public short Day;
    public short Hour;
    public short Minute;
    public short Second;
    public short Milliseconds;
    public short Weekday;
}

/// <summary>Which elements an enumeration of a table goes to, and the result of a search.</summary>
public enum TABLE_SEARCH_RESULT
{
    TableEmptyTree = 0,
    TableFoundNode = 1,
    TableInsertAsLeft = 2,
    TableInsertAsRight = 3,
}

/// <summary>What a table's compare routine answers.</summary>
public enum RTL_GENERIC_COMPARE_RESULTS
{
    GenericLessThan = 0,
    GenericGreaterThan = 1,
    GenericEqual = 2,
}

/// <summary>The links of an element of an AVL table; the client's data follows. 32 bytes.</summary>
public struct RTL_BALANCED_LINKS
{
    public GuestPtr<RTL_BALANCED_LINKS> Parent;
    public GuestPtr<RTL_BALANCED_LINKS> LeftChild;
    public GuestPtr<RTL_BALANCED_LINKS> RightChild;
    public sbyte Balance;
}

/// <summary>A generic table kept as an AVL tree. 104 bytes.</summary>
public struct RTL_AVL_TABLE
{
    public RTL_BALANCED_LINKS BalancedRoot;
    public nuint OrderedPointer;
    public uint WhichOrderedElement;
    public uint NumberGenericTableElements;
    public uint DepthOfTree;
    public GuestPtr<RTL_BALANCED_LINKS> RestartKey;
    public uint DeleteCount;
    public nuint CompareRoutine;
    public nuint AllocateRoutine;
    public nuint FreeRoutine;
    public nuint TableContext;
}

/// <summary>The links of an element of a splay table. 24 bytes.</summary>
public struct RTL_SPLAY_LINKS
{
    public GuestPtr<RTL_SPLAY_LINKS> Parent;
    public GuestPtr<RTL_SPLAY_LINKS> LeftChild;
    public GuestPtr<RTL_SPLAY_LINKS> RightChild;
}

/// <summary>A generic table kept as a splay tree. 72 bytes.</summary>
public struct RTL_GENERIC_TABLE
{
    public GuestPtr<RTL_SPLAY_LINKS> TableRoot;
    public LIST_ENTRY InsertOrderList;
    public nuint OrderedPointer;
    public uint WhichOrderedElement;
    public uint NumberGenericTableElements;
    public nuint CompareRoutine;
    public nuint AllocateRoutine;
    public nuint FreeRoutine;
    public nuint TableContext;
}

/// <summary>A processor by group and number. 4 bytes.</summary>
public struct PROCESSOR_NUMBER
{
    public ushort Group;
    public byte Number;
    public byte Reserved;
}

/// <summary>A set of processors of one group. 16 bytes.</summary>
public struct GROUP_AFFINITY
{
    public nuint Mask;
    public ushort Group;
    public ushort Reserved0;
    public ushort Reserved1;
    public ushort Reserved2;
}

/// <summary>A system time that readers take without a lock. 12 bytes.</summary>
public struct KSYSTEM_TIME
{
    public uint LowPart;
    public int High1Time;
    public int High2Time;
}
