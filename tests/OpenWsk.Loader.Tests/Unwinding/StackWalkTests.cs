// Walks of guest stacks across C#: Drivers/calls.c calls back through the host, and the routine at the bottom
// looks up. It knows nothing about exceptions; see Exceptions/.
namespace OpenWsk.Loader.Tests;

public sealed class StackWalkTests : IDisposable
{
    private const int Nest = 4;
    private const int CallBack = 10;
    private const int Visit = 11;
    private readonly LoaderWorld _world = new();
    private readonly LoadedDriver _driver;

    public StackWalkTests() => _driver = _world.Start("calls");

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_walk_crosses_the_routines_between_guest_frames_and_names_them()
    {
        IReadOnlyList<StackFrame> frames = [];
        TestRoutines.OnVisit(_world.Executive, () => frames = _world.Native.WalkStack());
        var visit = _driver.Object.Value.MajorFunction[Visit];
        _world.Call(_driver, CallBack, visit);
        var names = frames.Select(f => f.IsRoutine ? f.Routine! : f.Image!);
        Assert.Equal(
            ["ntoskrnl.exe!TestVisit", "calls.sys", "ntoskrnl.exe!TestCall", "calls.sys"], names);
        Assert.InRange(frames[1].Address, visit + 1, visit + 64);
        Assert.Equal(frames[1].Address - _driver.ImageStart, frames[1].Offset);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_capture_has_the_same_addresses_without_the_routines()
    {
        var captured = new nuint[8];
        var count = 0;
        IReadOnlyList<StackFrame> frames = [];
        TestRoutines.OnVisit(_world.Executive, () =>
        {
            frames = _world.Native.WalkStack();
            count = _world.Native.CaptureStack(captured);
        });
        _world.Call(_driver, CallBack, _driver.Object.Value.MajorFunction[Visit]);
        Assert.Equal(2, count);
        Assert.Equal(frames.Where(f => !f.IsRoutine).Select(f => f.Address), captured[..count]);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Outside_guest_code_there_is_no_stack()
    {
        _world.Call(_driver, Nest, 3);
        Assert.Equal(0, _world.Native.CaptureStack(new nuint[4]));
        Assert.Empty(_world.Native.WalkStack());
    }
}
