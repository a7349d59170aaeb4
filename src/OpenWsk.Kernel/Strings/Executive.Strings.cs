// What the C library keeps for a world: the seed of rand. It knows nothing about single routines.
// Next: CSortRoutines.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>The seed of rand; 1 until srand.</summary>
    internal uint RandomSeed = 1;
}
