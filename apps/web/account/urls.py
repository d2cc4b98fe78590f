from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.web.account import administering, enrolling, joining, own, passwords, signing_in, views

urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign_in"),
    path("sign-in/code/", signing_in.sign_in_code, name="sign_in_code"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("home/", views.home, name="home"),
    path("", own.account, name="account"),
    path("enrol/", enrolling.enrol, name="enrol"),
    path("recovery-codes/", enrolling.recovery_codes, name="recovery_codes"),
    path("second-step/remove/", enrolling.remove, name="remove_second_step"),
    path("password/", passwords.change_password, name="change_password"),
    path("sessions/end/", own.end, name="end_sessions"),
    path("session/", own.session_state, name="session_state"),
    path("resume/", own.resume, name="resume"),
    path("reset/", passwords.ask_reset, name="ask_reset"),
    path("reset/<str:key>/<str:token>/", passwords.reset_password, name="reset_password"),
    path("invitation/<int:pk>/<str:token>/", joining.join, name="join"),
    path("people/", administering.accounts, name="accounts"),
    path("people/<int:pk>/", administering.account_of, name="account_of"),
    path("invitations/", administering.invitations, name="invitations"),
]
