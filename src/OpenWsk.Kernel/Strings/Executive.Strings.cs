// What the C library keeps for a world: the seed of rand, the place of strtok. It knows nothing about single
// routines. Next: CSortRoutines.cs, CBoundedRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>The seed of rand; 1 until srand.</summary>
    internal uint RandomSeed = 1;

    private nuint _tokenPlace;

    /// <summary>Where strtok keeps its place.</summary>
    internal GuestPtr<nuint> TokenPlace
    {
        get
        {
            if (_tokenPlace == 0)
                _tokenPlace = Heap.Allocate(sizeof(ulong));
            return new GuestPtr<nuint>(_tokenPlace);
        }
    }
}
