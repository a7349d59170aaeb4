// The description of one exported routine, made by the generator from its attribute: what the loader binds,
// what trace prints, what the compatibility table lists. It knows nothing about machine code.
namespace OpenWsk.Kernel;

/// <summary>Calls a routine with raw 64-bit arguments, as native code would.</summary>
public delegate ulong RoutineInvoker(Executive executive, ReadOnlySpan<ulong> arguments);

/// <summary>One parameter: its Windows name and its C# type as the trace's decoder knows it.</summary>
public readonly record struct RoutineParameter(string Name, string Type);

/// <summary>One routine that drivers call.</summary>
public sealed class Routine(
    string library,
    string name,
    SupportLevel support,
    string? note,
    byte maxIrql,
    string? irqlRule,
    CallClass callClass,
    string returnType,
    RoutineParameter[] parameters,
    bool isVariadic,
    Func<nint> nativeEntry,
    RoutineInvoker invoke,
    int number = 0)
{
    private nint _nativeEntry;

    public string Library { get; } = library;

    public string Name { get; } = name;

    public SupportLevel Support { get; } = support;

    public string? Note { get; } = note;

    public byte MaxIrql { get; } = maxIrql;

    public string? IrqlRule { get; } = irqlRule;

    public CallClass CallClass { get; } = callClass;

    /// <summary>C# type of the result; "void" for none.</summary>
    public string ReturnType { get; } = returnType;

    /// <summary>Parameters in order; of a variadic routine the last one is the VaList.</summary>
    public IReadOnlyList<RoutineParameter> Parameters { get; } = parameters;

    public bool IsVariadic { get; } = isVariadic;

    /// <summary>
    /// Unmanaged entry in the platform's own calling convention: every parameter and the result are 64-bit
    /// integers (a VaList is the address of its first slot). Never throws into native code.
    /// </summary>
    public nint NativeEntry => _nativeEntry != 0 ? _nativeEntry : _nativeEntry = nativeEntry();

    /// <summary>The same routine for managed callers.</summary>
    public RoutineInvoker Invoke { get; } = invoke;

    /// <summary>The description's number in this process; see RoutineNumbers.</summary>
    public int Number { get; } = number;

    public override string ToString() => $"{Library}!{Name}";
}
