// What language handlers are told besides the exception, at its x64 layout, and the values that they and the
// flags of a record can have. It knows nothing about dispatching; see ExceptionDispatcher.cs.
using System.Runtime.InteropServices;

namespace OpenWsk.Loader;

/// <summary>DISPATCHER_CONTEXT. 80 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 0x50)]
internal struct DISPATCHER_CONTEXT
{
    [FieldOffset(0x00)] public ulong ControlPc;
    [FieldOffset(0x08)] public ulong ImageBase;
    [FieldOffset(0x10)] public ulong FunctionEntry;
    [FieldOffset(0x18)] public ulong EstablisherFrame;
    [FieldOffset(0x20)] public ulong TargetIp;
    [FieldOffset(0x28)] public ulong ContextRecord;
    [FieldOffset(0x30)] public ulong LanguageHandler;
    [FieldOffset(0x38)] public ulong HandlerData;
    [FieldOffset(0x40)] public ulong HistoryTable;
    [FieldOffset(0x48)] public uint ScopeIndex;
}

/// <summary>What a language handler returns.</summary>
internal enum Disposition
{
    ContinueExecution = 0,
    ContinueSearch = 1,
    NestedException = 2,
    CollidedUnwind = 3,

    /// <summary>
    /// Ours: the handler has left a request with the thread, where Windows' own would have called RtlUnwindEx
    /// and never returned. Handlers that wrap ours pass it through.
    /// </summary>
    Requested = 0x5EA0,
}

/// <summary>EXCEPTION_RECORD.ExceptionFlags.</summary>
internal static class ExceptionFlags
{
    public const uint Noncontinuable = 0x01;
    public const uint Unwinding = 0x02;
    public const uint ExitUnwind = 0x04;
    public const uint StackInvalid = 0x08;
    public const uint NestedCall = 0x10;
    public const uint TargetUnwind = 0x20;
    public const uint CollidedUnwind = 0x40;
    public const uint AnyUnwind = Unwinding | ExitUnwind;
}
