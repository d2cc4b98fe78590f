from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.web.account import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("home/", views.home, name="home"),
]
