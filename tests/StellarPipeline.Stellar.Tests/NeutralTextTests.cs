using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Tests;

/// <summary>
/// The libraries that others may use for other work speak of their own subject only: no literal of their code names the product or a
/// neighbour.
/// </summary>
public sealed class NeutralTextTests
{
    private static readonly string[] Product =
        ["stellar-pipeline", "stellar_pipeline", "wallet-backend", "report it", "report this", "this is a bug", "exit code"];
    private static readonly string[] Subject =
        ["stellar", "ledger", "bucket", "wallet", "horizon", "history archive", "the archive", "another archive", "soroban"];
    private static readonly string[] Database = ["postgres", "npgsql", "pg_stat", "the database"];

    [Fact]
    public void Dataflow_Literals_SpeakOfNothingElse() =>
        AssertNeutral(typeof(StageGraph).Assembly, [.. Product, .. Subject, .. Database, "archive", "transaction"]);

    [Fact]
    public void Postgres_Literals_SpeakOfNothingElse() => AssertNeutral(typeof(LoadTransaction).Assembly, [.. Product, .. Subject]);

    [Fact]
    public void Archive_Literals_SpeakOfNothingElse() =>
        AssertNeutral(typeof(HistoryArchive).Assembly, [.. Product, .. Database, "copy into"]);

    [Fact]
    public void Xdr_Literals_SpeakOfNothingElse() => AssertNeutral(typeof(XdrReader).Assembly, [.. Product, .. Database]);

    [Fact]
    public void Literals_OfThisAssembly_AreFound() =>
        Assert.Contains("a literal that only this test has", Literals(typeof(NeutralTextTests).Assembly));

    private static void AssertNeutral(Assembly library, IReadOnlyList<string> words)
    {
        IReadOnlyList<string> literals = Literals(library);
        Assert.True(literals.Count > 5, $"{library.GetName().Name} has {literals.Count} literals.");

        // The name of the library itself, as that of its meter, is not a text.
        IEnumerable<string> texts = literals.Select(literal => literal.Replace(library.GetName().Name!, "", StringComparison.Ordinal));
        Assert.Equal([], texts.Where(text => words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase))));
    }

    private static List<string> Literals(Assembly library)
    {
        using var file = new PEReader(File.OpenRead(library.Location));
        MetadataReader metadata = file.GetMetadataReader();
        var literals = new List<string>();
        for (UserStringHandle handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
            literals.Add(metadata.GetUserString(handle));
        return literals;
    }
}
