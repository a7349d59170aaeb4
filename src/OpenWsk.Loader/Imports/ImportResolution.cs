// What becomes of one import.
// It knows nothing about addresses; Mapping/ImageMapper.cs binds them.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>How an import is answered.</summary>
public enum ImportKind
{
    /// <summary>By a routine, whose support level tells how much of it there is.</summary>
    Routine,

    /// <summary>By a variable that the kernel exports.</summary>
    Variable,

    /// <summary>By machine code of the loader's own.</summary>
    MachineCode,

    /// <summary>By another driver, which was loaded before.</summary>
    Driver,

    /// <summary>By nothing: a call stops the driver.</summary>
    Missing,
}

/// <summary>One import and its answer; <paramref name="Routine"/> is null unless a routine answers.</summary>
public sealed record ImportResolution(ImageImport Import, ImportKind Kind, Routine? Routine)
{
    /// <summary>Where another driver has it; 0 unless one answers.</summary>
    public nuint Address { get; init; }
}
