// Tests that measure the whole process, such as its file descriptors, run while no other test of the project
// does. It knows nothing about what they measure.
using Xunit;

namespace OpenWsk.EndToEnd.Tests;

/// <summary>The collection of tests that run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    internal const string Name = "alone";
}
