// The mutator: that a seed means the same mutant always, and that mutants differ. It knows nothing about what
// becomes of them; see HuntTests.cs.
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Fuzz.Tests;

public sealed class MutatorTests
{
    private readonly Corpus _corpus = new(Repository.PathOf("samples"));

    [Fact]
    public void A_seed_gives_the_same_mutant_each_time()
    {
        for (var seed = 0L; seed < 50; seed++)
        {
            var (first, second) = (new Mutator(_corpus).Make(seed), new Mutator(_corpus).Make(seed));
            Assert.Equal(first.What, second.What);
            Assert.Equal(first.File, second.File);
        }
    }

    [Fact]
    public void Mutants_leave_the_corpus_alone_and_come_from_all_of_it()
    {
        var before = Enumerable.Range(0, _corpus.Count).Select(i => _corpus[i].File.ToArray()).ToList();
        var mutator = new Mutator(_corpus);
        var mutants = Enumerable.Range(0, 400).Select(seed => mutator.Make(seed)).ToList();
        Assert.Equal(before, Enumerable.Range(0, _corpus.Count).Select(i => _corpus[i].File));
        Assert.Equal(_corpus.Count, mutants.Select(m => m.Name).Distinct().Count());
        foreach (var region in new[] { ".text", ".rdata", ".pdata", "headers" })
            Assert.Contains(mutants, m => m.What.StartsWith(region, StringComparison.Ordinal));
        Assert.True(mutants.Select(m => m.What).Distinct().Count() > 390);
    }

    [Fact]
    public void An_empty_folder_is_no_corpus()
    {
        var folder = Directory.CreateTempSubdirectory("openwsk-corpus-");
        Assert.Throws<ArgumentException>(() => new Corpus(folder.FullName));
        folder.Delete();
    }
}
