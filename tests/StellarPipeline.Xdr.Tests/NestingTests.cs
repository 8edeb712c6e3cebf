using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Tests.Support;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Tests;

/// <summary>Deep and wide values: bounded levels, bounded stack, bounded work.</summary>
public class NestingTests
{
    // A quarter of the usual 1 MiB: recursion to the limit must fit easily.
    private const int SmallStackBytes = 256 * 1024;

    [Fact]
    public void Parse_ValueAtTheLimit_IsReadOnASmallStack() => OnSmallStack(() =>
    {
        byte[] entry = TestEntries.ContractData(TestEntries.Nested(XdrLimits.ScValDepth), TestEntries.Nested(XdrLimits.ScValDepth));
        Assert.Equal(XdrLimits.ScValDepth, Depth(LedgerEntryView.Parse(entry).AsContractData().Key));
        Assert.Equal(XdrLimits.ScValDepth, Depth(LedgerEntryView.Parse(entry).AsContractData().Value));
        var key = LedgerKeyLocation.OfEntry(entry);
        Assert.Equal(0, LedgerKeyOrder.Compare(key.Type, key.Body(entry), key.Type, key.Body(entry)));
    });

    [Fact]
    public void Parse_ValueBeyondTheLimit_IsRefused()
    {
        byte[] deepKey = TestEntries.ContractData(TestEntries.Nested(XdrLimits.ScValDepth + 1), new TestValue(1));
        byte[] deepValue = TestEntries.ContractData(new TestValue(1), TestEntries.Nested(XdrLimits.ScValDepth + 1));
        foreach (byte[] entry in new[] { deepKey, deepValue })
        {
            XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerEntryView.Parse(entry).Type);
            Assert.Equal(("SCVal", "type"), (error.TypeName, error.Field));
            Assert.Contains("Values are nested deeper than 200 levels.", error.Message, StringComparison.Ordinal);
        }

        Assert.Throws<XdrFormatException>(() => LedgerKeyLocation.OfEntry(deepKey));
    }

    [Fact]
    public void Parse_HundredThousandLevels_IsRefusedOnASmallStack() => OnSmallStack(() =>
    {
        var value = new XdrBuilder();
        for (int level = 0; level < 100_000; level++)
            value.Int32(16).Int32(1).Int32(1);
        byte[] bytes = value.Int32(1).ToArray();
        Assert.Throws<XdrFormatException>(() => ScValView.Parse(bytes).Type);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Parse_PredicateAtAndBeyondTheLimit_IsReadAndRefused(int type)
    {
        byte[] atLimit = TestEntries.ClaimableBalance(1, Predicate(type, XdrLimits.ClaimPredicateDepth));
        byte[] beyond = TestEntries.ClaimableBalance(1, Predicate(type, XdrLimits.ClaimPredicateDepth + 1));
        int levels = 1;
        for (ClaimPredicates operands = FirstPredicate(atLimit).Operands; operands.MoveNext(); levels++)
            operands = operands.Current.Operands;

        Assert.Equal(XdrLimits.ClaimPredicateDepth, levels);
        string message = Assert.Throws<InvalidOperationException>(() => FirstPredicate(atLimit).Seconds).Message;
        Assert.Equal(
            $"This claim predicate is of type {(ClaimPredicateType)type}, but it was read as BeforeAbsoluteTime or BeforeRelativeTime. "
                + $"Check its type first.", message);
        XdrFormatException error = Assert.Throws<XdrFormatException>(() => LedgerEntryView.Parse(beyond).Type);
        Assert.Contains("Values are nested deeper than 16 levels.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DeepAndWideValue_TouchesEachElementOncePerLevel()
    {
        // 150 lists around 20,000 values: work that grew with the square of the bytes would not end within the patience of a test run.
        var value = new XdrBuilder();
        for (int level = 0; level < 150; level++)
            value.Int32(16).Int32(1).Int32(1);
        value.Int32(16).Int32(1).Int32(20_000);
        for (int index = 0; index < 20_000; index++)
            value.Int32(1);
        byte[] bytes = value.ToArray();

        Assert.Equal(20_000, CountVoids(ScValView.Parse(bytes)));

        byte[] entry = new XdrBuilder().UInt32(1).Int32(6).Int32(0).Int32(1).Hash(1).Raw(bytes).Int32(1).Int32(1).Int32(0).ToArray();
        var key = LedgerKeyLocation.OfEntry(entry);
        Assert.Equal(0, LedgerKeyOrder.Compare(key.Type, key.Body(entry), key.Type, key.Body(entry)));
    }

    [Fact]
    public void Parse_CountsThatCannotFit_AreRefusedBeforeAnythingIsRead()
    {
        foreach (int type in new[] { 16, 17 })
        {
            byte[] bytes = new XdrBuilder().Int32(type).Int32(1).Int32(int.MaxValue).Int32(1).ToArray();
            XdrFormatException error = Assert.Throws<XdrFormatException>(() => ScValView.Parse(bytes).Type);
            Assert.Equal((8L, "count"), (error.ByteOffset, error.Field));
            Assert.Contains("The count is 2,147,483,647, each element takes at least", error.Message, StringComparison.Ordinal);
        }
    }

    private static XdrBuilder Predicate(int type, int levels)
    {
        var predicate = new XdrBuilder();
        for (int level = 1; level < levels; level++)
            predicate.Int32(type).Int32(1);
        return predicate.Int32(0);
    }

    private static ClaimPredicateView FirstPredicate(byte[] entry)
    {
        Claimants claimants = LedgerEntryView.Parse(entry).AsClaimableBalance().Claimants;
        Assert.True(claimants.MoveNext());
        return claimants.Current.Predicate;
    }

    private static int Depth(ScValView value)
    {
        int deepest = 0;
        switch (value.Type)
        {
            case ScValType.Vec:
                foreach (ScValView element in value.Elements)
                    deepest = Math.Max(deepest, Depth(element));
                break;
            case ScValType.Map:
                foreach (ScMapEntryView entry in value.Entries)
                    deepest = Math.Max(deepest, Depth(entry.Value));
                break;
            case ScValType.ContractInstance:
                foreach (ScMapEntryView entry in value.AsInstance().Storage)
                    deepest = Math.Max(deepest, Depth(entry.Key));
                break;
        }

        return deepest + 1;
    }

    private static int CountVoids(ScValView value)
    {
        if (value.Type == ScValType.Void)
            return 1;
        int count = 0;
        foreach (ScValView element in value.Elements)
            count += CountVoids(element);
        return count;
    }

    private static void OnSmallStack(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action), SmallStackBytes);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromMinutes(1)), "the thread did not end");
        if (failure is not null)
            throw new InvalidOperationException("Failed on the small stack.", failure);
    }
}
