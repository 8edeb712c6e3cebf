namespace StellarPipeline.Archive.Tests;

public sealed class FirstFaultTests
{
    [Fact]
    public void ThrowIfAny_AfterTwoErrors_ThrowsTheFirst()
    {
        using var fault = new FirstFault(CancellationToken.None);

        fault.ThrowIfAny();
        fault.Record(new IOException("first"));
        fault.Record(new IOException("second"));

        Assert.True(fault.Token.IsCancellationRequested);
        Assert.Equal("first", Assert.Throws<IOException>(fault.ThrowIfAny).Message);
    }

    [Fact]
    public void ThrowIfAny_AfterACancellationAndItsConsequences_ThrowsTheCallersCancellation()
    {
        using var caller = new CancellationTokenSource();
        using var fault = new FirstFault(caller.Token);

        caller.Cancel();
        fault.Record(new OperationCanceledException(fault.Token));

        Assert.Equal(caller.Token, Assert.Throws<OperationCanceledException>(fault.ThrowIfAny).CancellationToken);
    }

    [Fact]
    public void ThrowIfAny_AfterACancellationThatNobodyAskedFor_ThrowsIt()
    {
        using var fault = new FirstFault(CancellationToken.None);

        fault.Record(new TaskCanceledException("time-out"));

        Assert.Equal("time-out", Assert.Throws<TaskCanceledException>(fault.ThrowIfAny).Message);
    }

    [Fact]
    public void Record_WhileACallbackOfTheTokenFails_StillStopsAndKeepsTheFirstError()
    {
        using var fault = new FirstFault(CancellationToken.None);
        using CancellationTokenRegistration registration = fault.Token.Register(() => throw new InvalidOperationException("callback"));

        fault.Record(new IOException("first"));

        Assert.True(fault.Token.IsCancellationRequested);
        Assert.Equal("first", Assert.Throws<IOException>(fault.ThrowIfAny).Message);
    }
}
