// One function of an extension as machine code can call it: what the generator makes of an [Export] routine,
// made here of a delegate, with the same checks and events. It counts the call on the socket (EXT-09). It
// knows nothing about what the function does.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>A function of an extension.</summary>
internal sealed class ExtensionEntry
{
    // More than any function of an extension has.
    private const int ParametersMax = 6;

    private readonly WskProvider _provider;
    private readonly ExtensionFunction _function;

    // Machine code holds its address: it must live as long as the routine.
    private readonly NativeEntry _native;

    public ExtensionEntry(WskProvider provider, WskExtension extension, ExtensionFunction function)
    {
        _provider = provider;
        _function = function;
        _native = CallFromNative;
        var parameters = Enumerable.Range(0, ParametersMax)
            .Select(i => new RoutineParameter(i == 0 ? "ProviderContext" : $"Argument{i}", "ulong"));
        Routine = new Routine(
            $"extension {extension.NpiId}",
            function.Name,
            SupportLevel.Full,
            null,
            function.MaxIrql,
            null,
            CallClass.Shared,
            "ulong",
            [.. parameters],
            false,
            () => Marshal.GetFunctionPointerForDelegate(_native),
            Invoke,
            RoutineNumbers.Take());
        provider.Executive.Routines.AddUnlisted(Routine);
    }

    private delegate ulong NativeEntry(
        ulong thread, ulong a0, ulong a1, ulong a2, ulong a3, ulong a4, ulong a5);

    public Routine Routine { get; }

    private ulong CallFromNative(
        ulong thread, ulong a0, ulong a1, ulong a2, ulong a3, ulong a4, ulong a5)
    {
        try
        {
            return Invoke(GuestBoundary.ThreadAt(thread).Executive, [a0, a1, a2, a3, a4, a5]);
        }
        catch (Exception e)
        {
            return GuestBoundary.Unwind(thread, e);
        }
    }

    private ulong Invoke(Executive executive, ReadOnlySpan<ulong> arguments)
    {
        var call = RoutineCall.Begin(executive, Routine, arguments);
        return call.End(Run(arguments));
    }

    private ulong Run(ReadOnlySpan<ulong> arguments)
    {
        var context = arguments.IsEmpty ? 0 : (nuint)arguments[0];
        if (!_provider.Extensions.TryFind(context, out var registration, out var socket))
            return (uint)WskSettings.NoSuchObject;
        if (!socket.TryEnterExtension())
        {
            _provider.Executive.Breach(
                "CLOSE-11", $"{_function.Name} was called on {socket.Object} after WskCloseSocket");
            return (uint)WskSettings.SocketCloses;
        }
        try
        {
            return _function.Body(registration, arguments);
        }
        finally
        {
            socket.LeaveExtension();
        }
    }
}
