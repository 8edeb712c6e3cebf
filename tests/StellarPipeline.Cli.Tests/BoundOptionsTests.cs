using System.Reflection;
using Microsoft.Extensions.Configuration;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// Options that come from a configuration file: what is given but empty, or does not fit, is an error that names it, and never another
/// value.
/// </summary>
public sealed class BoundOptionsTests
{
    private static readonly Type[] Bindable =
    [
        typeof(PopulateOptions), typeof(LoadAttemptOptions), typeof(HistoryArchiveOptions), typeof(CachingTransportOptions),
        typeof(BucketCacheOptions), typeof(HttpTransportOptions), typeof(MirrorTransportOptions),
        typeof(ArchiveReadOptions), typeof(RowAccumulatorOptions), typeof(CopySinkOptions), typeof(LoadOptions),
        typeof(LoadTransactionOptions), typeof(ForeignKeyOptions), typeof(Dataflow.StageGraphOptions),
        typeof(Postgres.Migrations.MigrationRunnerOptions),
    ];

    /// <summary>A value that fits, for every type of an option that text can give.</summary>
    private static readonly Dictionary<Type, (string Text, object Value)> Fitting = new()
    {
        [typeof(int)] = ("7", 7), [typeof(long)] = ("7", 7L), [typeof(bool)] = ("true", true), [typeof(double)] = ("0.5", 0.5),
        [typeof(TimeSpan)] = ("00:00:07", TimeSpan.FromSeconds(7)),
        [typeof(ForeignKeyChoice)] = ("ordered", ForeignKeyChoice.Ordered), [typeof(IndexRebuild)] = ("never", IndexRebuild.Never),
        [typeof(TableAccess)] = ("shared", TableAccess.Shared),
        [typeof(TableContent)] = ("replace", TableContent.Replace), [typeof(CheckpointChoice)] = ("127", CheckpointChoice.FromLedger(127)),
        [typeof(Stellar.StellarNetwork)] = ("testnet", Stellar.StellarNetwork.Testnet),
        [typeof(Hash256)] = (new string('a', 64), Hash256.Parse(new string('a', 64))),
    };

    public static TheoryData<Type, string> Values() => Options(type => Fitting.ContainsKey(type));

    public static TheoryData<Type, string> Objects() => Options(type => type == typeof(IAuditSink) || type == typeof(CommitWatch));

    [Fact]
    public void Options_ValuesThatTextCanGive_AreNoneThatTheBinderMakesNullOf()
    {
        foreach (PropertyInfo property in Bindable.SelectMany(Settable))
        {
            bool isKnown = Fitting.ContainsKey(property.PropertyType) || !property.PropertyType.IsValueType;
            Assert.True(
                isKnown,
                $"{property.DeclaringType!.Name}.{property.Name} is a {property.PropertyType}: a nullable value becomes null where a file "
                    + $"gives an empty one. Use a type that has a value for that.");
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Bind_EmptyOrOfAnotherType_IsAnErrorThatNamesTheOption(Type type, string property)
    {
        // A network is a name or a passphrase: any text but an empty one.
        Type value = type.GetProperty(property)!.PropertyType;
        string[] wrong = value == typeof(Stellar.StellarNetwork) ? ["", "  "] : ["", "  ", "no such value", "1;2"];
        foreach (string text in wrong)
        {
            Exception error = Assert.ThrowsAny<Exception>(() => Bind(type, property, text));
            Assert.Contains(property, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Bind_GivenOrAbsent_IsTheValueOrTheDefault(Type type, string property)
    {
        PropertyInfo option = type.GetProperty(property)!;
        (string text, object value) = Fitting[option.PropertyType];
        Assert.Equal(value, option.GetValue(Bind(type, property, text)));
        Assert.Equal(option.GetValue(Activator.CreateInstance(type)), option.GetValue(Bind(type, "SomethingElse", text)));
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Bind_TextForAnObjectOfTheProgram_IsAnErrorThatNamesTheOption(Type type, string property)
    {
        foreach (string text in new[] { "", "audit.jsonl" })
        {
            InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Bind(type, property, text));
            Assert.Contains(property, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("latest", null)]
    [InlineData("LATEST", null)]
    [InlineData("63", 63u)]
    [InlineData("4294967295", uint.MaxValue)]
    public void Bind_Checkpoint_TakesTheWordsOfTheCommandLine(string text, uint? ledger) =>
        Assert.Equal(ledger, ((PopulateOptions)Bind(typeof(PopulateOptions), "Checkpoint", text)).Checkpoint.Ledger);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("4294967296")]
    [InlineData("6.3e1")]
    public void Bind_CheckpointThatIsNone_IsAnError(string text) =>
        Assert.Throws<InvalidOperationException>(() => Bind(typeof(PopulateOptions), "Checkpoint", text));

    [Theory]
    [InlineData("ForeignKeys", "7", "the foreign-key strategy 7 is none")]
    [InlineData("IndexRebuild", "-1", "the rebuild of indexes -1 is none")]
    [InlineData("CommitProbeLimit", "-00:00:01", "must be 0 to 24 days")]
    [InlineData("LockTimeout", "-00:00:01", "must be 0 (no limit)")]
    public void Validate_ValueThatFitsItsTypeOnly_IsRefused(string property, string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<PopulateException>(
            ((PopulateOptions)Bind(typeof(PopulateOptions), property, text)).Validate).Message, StringComparison.Ordinal);

    private static TheoryData<Type, string> Options(Func<Type, bool> isWanted)
    {
        var data = new TheoryData<Type, string>();
        foreach (Type type in Bindable)
        {
            foreach (PropertyInfo property in Settable(type).Where(property => isWanted(property.PropertyType)))
                data.Add(type, property.Name);
        }

        return data;
    }

    private static IEnumerable<PropertyInfo> Settable(Type type) =>
        type.GetProperties().Where(property => property.SetMethod is { IsPublic: true });

    private static object Bind(Type type, string property, string text) =>
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>($"Section:{property}", text)]).Build()
            .GetSection("Section").Get(type)!;
}
